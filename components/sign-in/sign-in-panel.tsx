"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Field } from "@/components/ui/field";
import { Note } from "@/components/ui/note";
import { PasswordInput } from "@/components/ui/password-input";
import { Spinner } from "@/components/ui/spinner";
import { SignInFailure } from "./sign-in-failure";
import { tokenIn } from "./sign-in-token";
import { useSignIn } from "./use-sign-in";

/** Redeems the one-time link, or says where to get one. */
export function SignInPanel() {
  const { state, signIn } = useSignIn();
  const [text, setText] = useState("");
  const [error, setError] = useState<string | undefined>();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = tokenIn(text);
    setError(token ? undefined : "Paste the whole link, or the part after #token=.");
    if (token) void signIn(token);
    else document.getElementById("sign-in-link")?.focus();
  };

  if (state.name === "reading" || state.name === "sending") {
    return (
      <p role="status" className="flex items-center gap-2 text-muted">
        <Spinner />
        {state.name === "sending" ? "Signing in…" : "Reading the link…"}
      </p>
    );
  }
  return (
    <div className="grid gap-5">
      {state.name === "failed" ? (
        <SignInFailure failure={state.failure} />
      ) : (
        <p className="text-muted">
          Open the one-time link that <code>howdah start</code> printed in the terminal. It works once.
        </p>
      )}
      <form onSubmit={submit} noValidate className="grid gap-3">
        <Field
          label="Sign-in link"
          id="sign-in-link"
          error={error}
          help="Or paste it here; the token alone will do."
        >
          <PasswordInput
            name="sign-in-link"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <Button type="submit" variant="primary" size="large">
          Sign in
        </Button>
      </form>
      <div className="grid gap-2 border-t border-line pt-5 text-table">
        <p className="text-muted">No link, or it was used? Print a new one where Howdah runs:</p>
        <CodeBlock code="howdah sign-in" what="command" />
      </div>
      <noscript>
        <Note tone="warn" title="JavaScript is off">
          Howdah needs it to read the link.
        </Note>
      </noscript>
    </div>
  );
}
