"use client";

import { useMutation } from "@tanstack/react-query";
import { RequestFailed } from "@/components/live/request-failed";

export interface Wish {
  send: () => void;
  pending: boolean;
  failure: RequestFailed | null;
}

/** Sends a wish once and keeps its failure for the dialog to show. `onDone` runs after it was stored. */
export function useWish(request: () => Promise<void>, onDone: () => void): Wish {
  const mutation = useMutation({
    mutationFn: request,
    onSuccess: onDone,
    retry: false,
    networkMode: "always",
  });
  return {
    send: () => mutation.mutate(),
    pending: mutation.isPending,
    failure: mutation.error instanceof RequestFailed ? mutation.error : null,
  };
}
