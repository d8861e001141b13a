"use client";

import { useCallback, useEffect, useState } from "react";
import { failureOf, RequestFailed } from "@/components/live/request-failed";
import { tokenIn } from "./sign-in-token";

export type SignInState =
  | { name: "reading" }
  | { name: "asking" }
  | { name: "sending" }
  | { name: "failed"; failure: RequestFailed };

/**
 * Signs in with the token of the page's fragment, which leaves the address bar and the history before anything else
 * happens. `signIn` does the same with a pasted token.
 */
export function useSignIn(): { state: SignInState; signIn: (token: string) => Promise<void> } {
  const [state, setState] = useState<SignInState>({ name: "reading" });

  const signIn = useCallback(async (token: string) => {
    setState({ name: "sending" });
    try {
      await redeem(token);
      window.location.replace("/");
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      setState({ name: "failed", failure: error });
    }
  }, []);

  useEffect(() => {
    const readFragment = () => {
      const token = tokenIn(window.location.hash);
      if (window.location.hash) window.history.replaceState(null, "", window.location.pathname);
      if (token) void signIn(token);
      // React runs effects twice in development; the second time the token is already on its way.
      else setState((current) => (current.name === "reading" ? { name: "asking" } : current));
    };
    readFragment();
    window.addEventListener("hashchange", readFragment);
    return () => window.removeEventListener("hashchange", readFragment);
  }, [signIn]);

  return { state, signIn };
}

async function redeem(token: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
  } catch (error) {
    throw new RequestFailed(0, "NO_ANSWER", "Howdah does not answer.", { cause: error });
  }
  if (!response.ok) throw await failureOf(response);
}
