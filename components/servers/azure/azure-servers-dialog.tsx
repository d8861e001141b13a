"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Spinner } from "@/components/ui/spinner";
import type { AzureAccountView, AzureServerView } from "@/lib/migrations/azure-contract";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { readAzureAccount, readAzureServers, readAzureSubscriptions } from "./azure-requests";
import { AzureServerList } from "./azure-server-list";
import { AzureSignIn } from "./azure-sign-in";
import { RequestNote } from "./request-note";

interface AzureServersDialogProps {
  registered: readonly RegisteredServer[];
  /** True for those who may change who Howdah signs in as. */
  isAdmin: boolean;
  onChoose: (server: AzureServerView) => void;
  onClose: () => void;
}

/** Finds flexible servers in Azure, to register one of them. */
export function AzureServersDialog({ registered, isAdmin, onChoose, onClose }: AzureServersDialogProps) {
  const [isSigningIn, setSigningIn] = useState(false);
  const queries = useQueryClient();
  const account = useQuery({
    queryKey: ["azure", "account"],
    queryFn: ({ signal }) => readAzureAccount(signal),
    retry: false,
  });
  const signInAgain = async () => {
    setSigningIn(false);
    await queries.resetQueries({ queryKey: ["azure"] });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Add a server from Azure"
      description="Flexible servers of the subscriptions Howdah may see."
      className="sm:max-w-180"
    >
      {account.error && (
        <RequestNote
          error={account.error}
          title="Howdah does not answer"
          onRetry={() => void account.refetch()}
        />
      )}
      {account.data && isSigningIn && (
        <AzureSignIn
          account={account.data}
          onChanged={() => void signInAgain()}
          onCancel={() => setSigningIn(false)}
        />
      )}
      {account.data && !isSigningIn && (
        <>
          <AccountLine account={account.data} onChange={isAdmin ? () => setSigningIn(true) : null} />
          <ServersOfAccount registered={registered} onChoose={onChoose} />
        </>
      )}
    </Dialog>
  );
}

function AccountLine({ account, onChange }: { account: AzureAccountView; onChange: (() => void) | null }) {
  const { principal, endpoint } = account;
  return (
    <p className="flex flex-wrap items-center gap-2 text-caption text-muted">
      <span className="wrap-anywhere">
        {principal
          ? `Signs in as application ${principal.clientId} of ${principal.tenantId}.`
          : "Signs in as its machine does: environment, managed identity or az login."}{" "}
        {new URL(endpoint).host}
      </span>
      {onChange && (
        <Button variant="quiet" onClick={onChange}>
          Change sign-in
        </Button>
      )}
    </p>
  );
}

function ServersOfAccount({
  registered,
  onChoose,
}: Pick<AzureServersDialogProps, "registered" | "onChoose">) {
  const [chosen, setChosen] = useState("");
  const subscriptions = useQuery({
    queryKey: ["azure", "subscriptions"],
    queryFn: ({ signal }) => readAzureSubscriptions(signal),
    retry: false,
  });
  const list = subscriptions.data?.subscriptions ?? [];
  const subscription = chosen || (list.length === 1 ? (list[0]?.id ?? "") : "");
  const servers = useQuery({
    queryKey: ["azure", "servers", subscription],
    queryFn: ({ signal }) => readAzureServers(subscription, signal),
    enabled: subscription !== "",
    retry: false,
  });
  if (subscriptions.isPending) return <Waiting text="Asking Azure for subscriptions ..." />;
  if (subscriptions.error)
    return (
      <RequestNote
        error={subscriptions.error}
        title="Subscriptions could not be listed"
        onRetry={() => void subscriptions.refetch()}
      />
    );
  if (list.length === 0)
    return <p>Howdah may see no subscription. Assign its identity the role Reader on one.</p>;
  return (
    <>
      <Field label="Subscription" id="azure-subscription">
        <Select
          value={subscription}
          onValueChange={setChosen}
          placeholder="Choose a subscription"
          options={list.map(({ id, name, state }) => ({
            value: id,
            label: name,
            detail: state === "Enabled" ? id : `${id}, ${state}`,
          }))}
        />
      </Field>
      {servers.isFetching && <Waiting text="Asking Azure for servers ..." />}
      {servers.error && !servers.isFetching && (
        <RequestNote
          error={servers.error}
          title="Servers could not be listed"
          onRetry={() => void servers.refetch()}
        />
      )}
      {servers.data?.servers.length === 0 && <p>This subscription has no flexible server.</p>}
      {servers.data && servers.data.servers.length > 0 && (
        <AzureServerList servers={servers.data.servers} registered={registered} onChoose={onChoose} />
      )}
    </>
  );
}

function Waiting({ text }: { text: string }) {
  return (
    <p role="status" className="flex items-center gap-2 text-muted">
      <Spinner />
      {text}
    </p>
  );
}
