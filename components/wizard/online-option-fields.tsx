"use client";

import { Collapsible } from "radix-ui";
import { useState } from "react";
import { Field } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import type { DivergencePolicyName, OutputPluginName } from "@/lib/migrations/vocabulary";
import { useWizardField } from "./wizard-context";

/** A select has no empty value: Howdah's own choice is called this inside it. */
const AUTOMATIC = "automatic";

const PLUGINS: { value: OutputPluginName | typeof AUTOMATIC; label: string; detail: string }[] = [
  { value: AUTOMATIC, label: "Chosen by Howdah", detail: "test_decoding, or pgoutput from PostgreSQL 18 on" },
  {
    value: "test_decoding",
    label: "test_decoding",
    detail: "Needs no publication; belongs to postgresql-contrib",
  },
  {
    value: "pgoutput",
    label: "pgoutput",
    detail: "Part of every PostgreSQL; needs a publication on the source",
  },
];

const DIVERGENCE_CARDS: { value: DivergencePolicyName; label: string; help: string }[] = [
  { value: "stop", label: "Stop that database", help: "Nothing later is applied; the others go on." },
  { value: "continue", label: "Count it and go on", help: "Each is shown with its table and key." },
];

/** How changes are read and applied; rarely needed, hence folded. Open while something in it is wrong. */
export function OnlineOptionFields() {
  const plugin = useWizardField("online.plugin");
  const onDivergence = useWizardField("online.onDivergence");
  const walLimit = useWizardField("online.walLimitGigabytes");
  const [wanted, setWanted] = useState(false);
  const open = wanted || walLimit.error !== undefined;
  return (
    <Collapsible.Root
      open={open}
      onOpenChange={setWanted}
      className="group/online rounded-md border border-line"
    >
      <Collapsible.Trigger className="flex w-full items-center gap-2 rounded-md px-3 py-2.5 text-left font-medium hover:bg-surface focus-visible:-outline-offset-2">
        <Icon
          name="right"
          className="text-muted transition-[rotate] duration-100 group-data-[state=open]/online:rotate-90"
        />
        Options of the change stream
        <span className="ml-auto font-normal text-caption text-muted">optional</span>
      </Collapsible.Trigger>
      <Collapsible.Content className="grid gap-4 border-t border-line p-3">
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field label="Output plugin" id={plugin.id} help="What the source reads its WAL with.">
            <Select
              value={plugin.value === "" ? AUTOMATIC : plugin.value}
              onValueChange={(value) => plugin.set(value === AUTOMATIC ? "" : (value as OutputPluginName))}
              options={PLUGINS}
            />
          </Field>
          <Field
            label="WAL limit in GB"
            id={walLimit.id}
            optional
            error={walLimit.error}
            help="What the source may keep for each database. Beyond it the migration fails rather than fill the disk; a warning comes at 75%."
          >
            <Input
              inputMode="decimal"
              autoComplete="off"
              placeholder="No limit"
              value={walLimit.value}
              onChange={(event) => walLimit.set(event.target.value)}
            />
          </Field>
        </div>
        <RadioCards
          label="When a change finds another row on the target than it had on the source"
          name="on-divergence"
          columns={2}
          value={onDivergence.value}
          onValueChange={(value) => onDivergence.set(value as DivergencePolicyName)}
          cards={DIVERGENCE_CARDS}
        />
      </Collapsible.Content>
    </Collapsible.Root>
  );
}
