"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { z } from "zod";
import { announceSuccess } from "@/components/ui/toaster";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { checkMigrationName, putResource, RefusedRequest } from "./arm-requests";
import { createRequest } from "./create-request";
import { NEW_SERVER, type WizardForm } from "./wizard-form";

const created = z.object({ properties: z.object({ migrationId: z.string() }) });

export type StartOutcome = "started" | "name-taken" | "failed";

export interface StartMigration {
  pending: boolean;
  /** True once the migration was created. */
  started: boolean;
  failure: RefusedRequest | null;
  start: (values: WizardForm, servers: readonly RegisteredServer[]) => Promise<StartOutcome>;
}

/** Creates the server, if it is new, and the migration; then opens the migration's page. */
export function useStartMigration(): StartMigration {
  const router = useRouter();
  const [pending, setPending] = useState(false);
  const [started, setStarted] = useState(false);
  const [failure, setFailure] = useState<RefusedRequest | null>(null);

  const start: StartMigration["start"] = async (values, servers) => {
    setPending(true);
    setFailure(null);
    try {
      if (await isNameTaken(values)) return "name-taken";
      const id = await create(values, servers);
      announceSuccess("Migration created", `${values.name} has started.`);
      setStarted(true);
      router.push(`/migrations/${id}`);
      return "started";
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      if (error.code === "MIGRATION_NAME_TAKEN") return "name-taken";
      setFailure(error);
      return "failed";
    } finally {
      setPending(false);
    }
  };
  return { pending, started, failure, start };
}

/** PUT on an existing migration would mean changing it, so the name is asked about once more just before. */
async function isNameTaken(values: WizardForm): Promise<boolean> {
  if (values.target.choice === NEW_SERVER) return false;
  const answer = await checkMigrationName(values.target.choice, values.name);
  return answer.nameAvailable === false;
}

async function create(values: WizardForm, servers: readonly RegisteredServer[]): Promise<string> {
  const request = createRequest(values, servers);
  if (request.server) await putResource(request.server.resourceId, request.server.body);
  const answer = created.parse(await putResource(request.resourceId, request.body));
  return answer.properties.migrationId;
}
