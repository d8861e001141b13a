"use client";

import Link from "next/link";
import { useState } from "react";
import { Field } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { Panel } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { TONE_TEXT } from "@/components/ui/status-badge";
import { MODE_LABELS, SOURCE_TYPE_LABELS } from "@/lib/migrations/labels";
import { ruleLabel } from "@/lib/migrations/rule-label";
import { fixFor, type RulePage, ruleHeading } from "@/lib/migrations/rule-page";
import { validationStatus } from "@/lib/migrations/status";
import {
  MIGRATION_MODES,
  type MigrationMode,
  SOURCE_TYPES,
  type SourceType,
} from "@/lib/migrations/vocabulary";

interface RulesViewProps {
  rules: readonly RulePage[];
  /** What is chosen at first. */
  source: SourceType;
  mode: MigrationMode;
}

/** What is checked before a migration, and what to prepare for this kind of source: the prerequisites and the rules are one list. */
export function RulesView({ rules, source: asked, mode: askedMode }: RulesViewProps) {
  const [source, setSource] = useState<SourceType>(asked);
  const [mode, setMode] = useState<MigrationMode>(askedMode);
  const shown = rules.filter((rule) => rule.modes.includes(mode));
  const types = [...new Set(shown.map((rule) => rule.type))];
  return (
    <>
      <h1 tabIndex={-1} className="text-page">
        Rules and prerequisites
      </h1>
      <p className="mt-1 mb-4 max-w-[720px] text-muted">
        What is checked before a migration, hence what to prepare. A failed check stops a migration, a warning
        does not; one that could not run is reported as not checked and is no pass.
      </p>
      <div className="mb-4 flex flex-wrap gap-4">
        <Field label="Source">
          <Select
            value={source}
            onValueChange={(value) => setSource(SOURCE_TYPES.find((type) => type === value) ?? source)}
            options={SOURCE_TYPES.map((value) => ({ value, label: SOURCE_TYPE_LABELS[value] }))}
            className="w-64"
          />
        </Field>
        <Field label="Migration mode">
          <Select
            value={mode}
            onValueChange={(value) => setMode(MIGRATION_MODES.find((one) => one === value) ?? mode)}
            options={MIGRATION_MODES.map((value) => ({ value, label: MODE_LABELS[value] }))}
            className="w-40"
          />
        </Field>
      </div>
      {types.map((type) => (
        <Panel key={type} title={ruleLabel(type)} className="mb-4" bodyClassName="p-0">
          <ul>
            {shown
              .filter((rule) => rule.type === type)
              .map((rule) => (
                <RuleRow key={rule.id} rule={rule} source={source} />
              ))}
          </ul>
        </Panel>
      ))}
    </>
  );
}

function RuleRow({ rule, source }: { rule: RulePage; source: SourceType }) {
  const status = validationStatus(rule.severity);
  return (
    <li className="grid gap-x-4 gap-y-1 border-b border-line px-4 py-2.5 last:border-b-0 md:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
      <div className="min-w-0">
        <Link
          href={`/rules/${rule.id}`}
          className="font-medium wrap-anywhere hover:text-accent hover:underline"
        >
          {ruleHeading(rule)}
        </Link>
        <p className="flex flex-wrap items-center gap-x-3 text-caption text-muted">
          <span className={`inline-flex items-center gap-1 ${TONE_TEXT[status.tone]}`}>
            <Icon name={status.icon} size={14} />
            {rule.severity === "Failed" ? "Stops a migration" : "Warns"}
          </span>
          <code>{rule.id}</code>
        </p>
      </div>
      <p className="min-w-0 text-table">
        <span className="text-muted">On the {rule.side}: </span>
        {fixFor(rule, source)}
      </p>
    </li>
  );
}
