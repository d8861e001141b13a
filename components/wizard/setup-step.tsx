"use client";

import { CheckboxField } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import type { MigrationMode, MigrationOption, SourceType } from "@/lib/migrations/vocabulary";
import { NameHelp } from "./name-help";
import { OnlineOptionFields } from "./online-option-fields";
import { PrerequisitesPanel } from "./prerequisites-panel";
import { SOURCE_TYPE_GROUPS, sourceTypeName } from "./source-types";
import { StepHeading } from "./step-heading";
import { useWizard, useWizardField } from "./wizard-context";
import { defaultSslMode } from "./wizard-form";

const TYPE_OPTIONS = SOURCE_TYPE_GROUPS.map((group) => ({
  label: group.label,
  options: group.types.map((type) => ({ value: type, label: sourceTypeName(type) })),
}));

const OPTION_CARDS: { value: MigrationOption; label: string; help: string }[] = [
  {
    value: "ValidateAndMigrate",
    label: "Validate and migrate",
    help: "Checks first, then copies if no check failed. Warnings do not stop it.",
  },
  {
    value: "Validate",
    label: "Validate",
    help: "Checks only. Reads catalogs on both servers and changes nothing.",
  },
  { value: "Migrate", label: "Migrate", help: "Copies at once. Problems show up while data moves." },
];

const MODE_CARDS: { value: MigrationMode; label: string; help: string }[] = [
  {
    value: "Offline",
    label: "Offline",
    help: "One copy at a point in time. Stop writes to the source before it starts; downtime is the whole copy.",
  },
  {
    value: "Online",
    label: "Online",
    help: "Copies while applications go on writing, then follows their changes until you cut over; downtime is seconds. Needs wal_level logical on the source and a login with REPLICATION.",
  },
];

const VERIFIED: Record<MigrationMode, { when: string; writes: string }> = {
  Offline: {
    when: "once everything has moved",
    writes: "Stop writes to the source before you start, or they count as differences.",
  },
  Online: {
    when: "after the cutover",
    writes: "Writes to either side before it ends count as differences.",
  },
};

/** Step 1: what the migration is called and what it shall do. */
export function SetupStep() {
  const { form, nameAvailability } = useWizard();
  const name = useWizardField("name");
  const type = useWizardField("body.properties.sourceType");
  const option = useWizardField("body.properties.migrationOption");
  const mode = useWizardField("body.properties.migrationMode");
  const vacuum = useWizardField("body.properties.howdah.vacuum");
  const verifyAtEnd = useWizardField("body.properties.howdah.verifyAtEnd");

  const chooseType = (value: string) => {
    type.set(value as SourceType);
    if (!form.getFieldState("body.properties.sslMode").isDirty) {
      form.setValue("body.properties.sslMode", defaultSslMode(value as SourceType));
    }
  };
  const taken = nameAvailability.state === "taken" ? nameAvailability.message : undefined;
  return (
    <>
      <StepHeading step="setup">
        Name the migration and say what should happen. Nothing starts before the last step.
      </StepHeading>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field
          label="Migration name"
          id={name.id}
          error={name.error ?? taken}
          helpTone={HELP_TONES[nameAvailability.state]}
          help={<NameHelp availability={nameAvailability} />}
        >
          <Input
            value={name.value}
            onChange={(event) => name.set(event.target.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            required
          />
        </Field>
        <Field label="Source server type" id={type.id} help="Sets the defaults and hints of the next steps.">
          <Select value={type.value} onValueChange={chooseType} options={TYPE_OPTIONS} />
        </Field>
      </div>
      <RadioCards
        label="Migration option"
        name="migration-option"
        value={option.value}
        onValueChange={(value) => option.set(value as MigrationOption)}
        cards={OPTION_CARDS}
      />
      <RadioCards
        label="Migration mode"
        name="migration-mode"
        columns={2}
        value={mode.value}
        onValueChange={(value) => mode.set(value as MigrationMode)}
        cards={MODE_CARDS}
      />
      {mode.value === "Online" && option.value !== "Validate" && <OnlineOptionFields />}
      {option.value !== "Validate" && (
        <CheckboxField
          framed
          id={vacuum.id}
          label="Vacuum at the end"
          help="Runs VACUUM on every table of the target together with ANALYZE, which always runs. The migration takes longer; without it autovacuum does the same work later, beside your application."
          checked={vacuum.value}
          onCheckedChange={vacuum.set}
        />
      )}
      {option.value !== "Validate" && (
        <CheckboxField
          framed
          id={verifyAtEnd.id}
          label="Verify at the end"
          help={`Compares every row of both sides ${VERIFIED[mode.value].when}. If anything differs, the migration ends as failed and shows what; nothing is removed from the target. ${VERIFIED[mode.value].writes}`}
          checked={verifyAtEnd.value}
          onCheckedChange={verifyAtEnd.set}
        />
      )}
      <PrerequisitesPanel type={type.value} mode={mode.value} />
    </>
  );
}

const HELP_TONES = {
  unknown: "muted",
  checking: "muted",
  available: "ok",
  elsewhere: "warn",
  taken: "muted",
} as const;
