"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ConsequenceList } from "@/components/dialogs/consequence-list";
import { DialogFailure } from "@/components/dialogs/dialog-failure";
import { useWish } from "@/components/dialogs/use-wish";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { Button } from "@/components/ui/button";
import { Note } from "@/components/ui/note";
import { sendJson } from "@/components/wizard/arm-requests";
import type { AzureAllowances, AzureAllowancesBody } from "@/lib/migrations/azure-contract";
import { type AllowanceNeeds, type AllowanceOffer, offersOf, refusalOf } from "./offers";

interface AllowanceOffersProps {
  /** ARM id of the flexible server in Azure. */
  id: string;
  /** As people call it. */
  server: string;
  needs: AllowanceNeeds;
  /** Said where Azure allows everything already; nothing when absent. */
  whenAllowed?: string;
  /** Something was set in Azure. */
  onSet: () => void;
}

/** Offers to set in Azure what the databases need and the target does not allow yet; each only after a confirmation. */
export function AllowanceOffers({ id, server, needs, whenAllowed, onSet }: AllowanceOffersProps) {
  const client = useQueryClient();
  const [asked, setAsked] = useState<AllowanceOffer | null>(null);
  const { extensions, libraries } = needs;
  const key = ["azure", "allowances", id, extensions.join(","), libraries.join(",")];
  const plan = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const query = { id, extensions: extensions.join(","), libraries: libraries.join(",") };
      const url = `/api/azure/server/allowances?${new URLSearchParams(query)}`;
      return (await sendJson("GET", url, undefined, signal)) as AzureAllowances;
    },
    enabled: extensions.length + libraries.length > 0,
    retry: false,
    staleTime: 60_000,
  });
  if (plan.error) {
    return (
      <Note tone="warn" title="Azure does not tell which extensions the target allows">
        <p className="wrap-anywhere">{plan.error.message}</p>
      </Note>
    );
  }
  if (!plan.data) return null;
  const offers = offersOf(plan.data, needs, server);
  const refusal = refusalOf(plan.data, server);
  return (
    <>
      {offers.map((offer) => (
        <Note
          key={offer.parameter}
          tone="warn"
          title={offer.title}
          actions={<Button onClick={() => setAsked(offer)}>{offer.button}</Button>}
        />
      ))}
      {refusal && <Note tone="bad" title={refusal} />}
      {whenAllowed && offers.length === 0 && !refusal && <Note tone="ok" title={whenAllowed} />}
      {asked && (
        <AllowanceDialog
          id={id}
          offer={asked}
          onClose={() => setAsked(null)}
          onSet={() => {
            setAsked(null);
            void client.invalidateQueries({ queryKey: ["azure"] });
            onSet();
          }}
        />
      )}
    </>
  );
}

interface AllowanceDialogProps {
  id: string;
  offer: AllowanceOffer;
  onClose: () => void;
  onSet: () => void;
}

function AllowanceDialog({ id, offer, onClose, onSet }: AllowanceDialogProps) {
  const { parameter, add, restart, question, confirm, consequences } = offer;
  const wish = useWish(async () => {
    const body: AzureAllowancesBody = { id, parameter, add: [...add], restart };
    await sendJson("POST", "/api/azure/server/allowances", body);
  }, onSet);
  return (
    <AlertDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={question}
      description={
        restart
          ? "Howdah sets it in Azure and has Azure restart the server. That interrupts everybody who works on it."
          : "Howdah sets the server parameter in Azure. It takes some seconds."
      }
      cancelLabel="Leave as it is"
      confirmLabel={confirm}
      danger={restart}
      pending={wish.pending}
      onConfirm={wish.send}
    >
      <ConsequenceList title="What happens" icon="info" items={consequences} />
      <DialogFailure failure={wish.failure} />
    </AlertDialog>
  );
}
