"use client";

import { AllowanceOffers } from "@/components/azure-allowances/allowance-offers";
import type { AllowanceNeeds } from "@/components/azure-allowances/offers";
import type { Finding } from "@/lib/migrations/validation-groups";

/** A target that was found in Azure. */
export interface AzureTarget {
  /** ARM id there. */
  id: string;
  name: string;
}

/** What a finding asks to be allowed in Azure; null for findings that are mended otherwise. */
export function needsOfFinding({ rule, objects }: Finding): AllowanceNeeds | null {
  if (objects.length === 0) return null;
  if (rule === "extensions-available") return { extensions: objects, libraries: [] };
  if (rule === "preloaded-libraries") return { extensions: [], libraries: objects };
  return null;
}

/** Offers to set in Azure what the finding asks for. */
export function AllowInAzure({ target, needs }: { target: AzureTarget; needs: AllowanceNeeds }) {
  return (
    <div className="grid gap-2">
      <AllowanceOffers
        id={target.id}
        server={target.name}
        needs={needs}
        whenAllowed="Azure allows it now. Restart the migration to have it checked again."
        onSet={() => undefined}
      />
    </div>
  );
}
