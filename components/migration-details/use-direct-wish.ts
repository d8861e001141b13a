"use client";

import { useMutation } from "@tanstack/react-query";
import { type MigrationPatch, patchMigration } from "@/components/dialogs/patch-migration";
import { RequestFailed } from "@/components/live/request-failed";
import { announceFailure } from "@/components/ui/toaster";
import type { DirectAction } from "./offered-actions";

/** Wishes that ask nothing first. */
export interface DirectWish {
  /** The wish that is on its way. */
  pending: DirectAction | null;
  send: (wish: DirectAction) => void;
}

/** Sends the wish and says when it could not be stored. `onDone` runs after it was. */
export function useDirectWish(resourceId: string, onDone: () => void): DirectWish {
  const mutation = useMutation({
    mutationFn: (wish: DirectAction) => patchMigration(resourceId, { howdah: PATCHES[wish] }),
    onSuccess: onDone,
    onError: (error, wish) =>
      announceFailure(
        FAILURES[wish],
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

const PATCHES: Record<DirectAction, NonNullable<MigrationPatch["howdah"]>> = {
  pause: { paused: true },
  resume: { paused: false },
  rehearse: { rehearseCutover: true },
};

const FAILURES: Record<DirectAction, string> = {
  pause: "The migration was not paused",
  resume: "The migration was not resumed",
  rehearse: "The cutover was not rehearsed",
};
