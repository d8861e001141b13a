"use client";

import { useId, useState } from "react";
import { serverNowMs } from "@/components/live/server-clock";
import { useNow } from "@/components/live/use-now";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { CheckboxField } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import type { IconName } from "@/components/ui/icon-shapes";
import { Input } from "@/components/ui/input";
import { databasesToCutOver } from "@/lib/migrations/following";
import { formatLag } from "@/lib/migrations/format-duration";
import { countNoun } from "@/lib/migrations/format-quantity";
import type { FollowedDatabase, MigrationDetails } from "@/lib/migrations/read-model";
import { ConsequenceList } from "./consequence-list";
import { type CutoverCheck, cutoverChecks } from "./cutover-checks";
import { cutoverConsequences, cutoverLabel, rehearsedText } from "./cutover-consequences";
import { DialogFailure } from "./dialog-failure";
import { patchMigration } from "./patch-migration";
import { useWish } from "./use-wish";

interface CutoverDialogProps {
  /** As the page polls it: the checks stay live while the dialog is open. */
  migration: MigrationDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The wish was stored. */
  onDone: () => void;
}

/** Asks for the cutover: what holds, what follows, that writes have stopped, and the migration's name. */
export function CutoverDialog({ migration, open, onOpenChange, onDone }: CutoverDialogProps) {
  const [left, setLeft] = useState<readonly string[]>([]);
  const [stopped, setStopped] = useState(false);
  const [name, setName] = useState("");
  const [openedAtMs] = useState(serverNowMs);
  const nowMs = useNow(openedAtMs);
  const all = databasesToCutOver(migration);
  const chosen = all.filter((database) => !left.includes(database.name));
  const checks = cutoverChecks(migration, chosen, nowMs);
  const named = name.trim() === migration.name;
  const wish = useWish(
    () =>
      patchMigration(migration.resourceId, {
        triggerCutover: "True",
        ...(chosen.length < all.length ? { dbsToTriggerCutoverOn: chosen.map((one) => one.name) } : {}),
      }),
    onDone,
  );
  return (
    <AlertDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Cut over ${migration.name}`}
      description={`${countNoun(chosen.length, "database")} ${chosen.length === 1 ? "goes" : "go"} on from ${migration.targetName}. This cannot be taken back.`}
      cancelLabel="Not now"
      confirmLabel={cutoverLabel(
        chosen,
        checks.some(({ result }) => result === "bad"),
      )}
      pending={wish.pending}
      blockedReason={blockedReason({ all, chosen, stopped, named })}
      onConfirm={wish.send}
    >
      {all.length > 1 && <DatabaseChoice databases={all} left={left} onLeft={setLeft} />}
      <CheckList checks={checks} />
      <ConsequenceList
        title="What will happen"
        icon="arrow"
        items={cutoverConsequences(migration, chosen)}
        note={rehearsedText(chosen)}
      />
      <CheckboxField
        framed
        label="Writes to the source are stopped"
        help="What applications still write to it during the cutover may be missing on the target."
        checked={stopped}
        onCheckedChange={setStopped}
      />
      <Field
        label={
          <>
            Type <span className="font-mono">{migration.name}</span> to confirm
          </>
        }
      >
        <Input
          value={name}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <DialogFailure failure={wish.failure} />
    </AlertDialog>
  );
}

function blockedReason(given: {
  all: readonly FollowedDatabase[];
  chosen: readonly FollowedDatabase[];
  stopped: boolean;
  named: boolean;
}): string | undefined {
  if (given.all.length === 0) return "Nothing is left to cut over";
  if (given.chosen.length === 0) return "Choose a database";
  if (!given.stopped) return "Confirm that writes are stopped";
  return given.named ? undefined : "Type the name";
}

interface DatabaseChoiceProps {
  databases: readonly FollowedDatabase[];
  /** Names of those that are not cut over yet. */
  left: readonly string[];
  onLeft: (left: readonly string[]) => void;
}

function DatabaseChoice({ databases, left, onLeft }: DatabaseChoiceProps) {
  return (
    <fieldset>
      <legend className="mb-1 text-table font-semibold">Databases</legend>
      <div className="grid max-h-44 gap-1.5 overflow-y-auto p-0.5">
        {databases.map(({ name, lagMs }) => (
          <CheckboxField
            key={name}
            label={
              <span className="flex flex-wrap justify-between gap-x-3 text-table">
                <span className="wrap-anywhere">{name}</span>
                <span className="font-normal text-muted">{formatLag(lagMs)}</span>
              </span>
            }
            checked={!left.includes(name)}
            onCheckedChange={(chosen) =>
              onLeft(chosen ? left.filter((other) => other !== name) : [...left, name])
            }
          />
        ))}
      </div>
    </fieldset>
  );
}

const LOOKS: Record<CutoverCheck["result"], { icon: IconName; tone: string; word: string }> = {
  ok: { icon: "succeeded", tone: "text-ok", word: "Passed" },
  warn: { icon: "warning", tone: "text-warn", word: "Warning" },
  bad: { icon: "failed", tone: "text-bad", word: "Failed" },
};

function CheckList({ checks }: { checks: readonly CutoverCheck[] }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="mb-1 text-table font-semibold">
        Checks <span className="font-normal text-muted">as of now</span>
      </h3>
      <ul className="text-table">
        {checks.map(({ key, result, text, detail }) => (
          <li key={key} className="grid grid-cols-[16px_minmax(0,1fr)] gap-2.5 py-1">
            <Icon name={LOOKS[result].icon} className={`mt-px ${LOOKS[result].tone}`} />
            <span className="flex flex-wrap justify-between gap-x-3">
              <span className="min-w-0 wrap-anywhere">
                <span className="sr-only">{LOOKS[result].word}: </span>
                {text}
              </span>
              <span className="text-muted wrap-anywhere">{detail}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
