"use client";

import { useMutation } from "@tanstack/react-query";
import { patchMigration } from "@/components/dialogs/patch-migration";
import { RequestFailed } from "@/components/live/request-failed";
import { announceFailure } from "@/components/ui/toaster";

/** Pausing and going on ask nothing first: each takes the other back. */
export interface Pause {
  /** The wish that is on its way. */
  pending: "pause" | "resume" | null;
  send: (wish: "pause" | "resume") => void;
}

/** Sends the wish and says when it could not be stored. `onDone` runs after it was. */
export function usePause(resourceId: string, onDone: () => void): Pause {
  const mutation = useMutation({
    mutationFn: (wish: "pause" | "resume") =>
      patchMigration(resourceId, { howdah: { paused: wish === "pause" } }),
    onSuccess: onDone,
    onError: (error, wish) =>
      announceFailure(
        wish === "pause" ? "The migration was not paused" : "The migration was not resumed",
        error instanceof RequestFailed ? `${error.message} ${error.code}` : undefined,
      ),
    retry: false,
    networkMode: "always",
  });
  return {
    pending: mutation.isPending ? mutation.variables : null,
    send: (wish) => {
      if (!mutation.isPending) mutation.mutate(wish);
    },
  };
}
