import {
  MIGRATION_EVENTS,
  type MigrationEventName,
  type Next,
  statusOf,
  TRANSITIONS,
} from "@/lib/migrations/state-table";
import { MIGRATION_SUBSTATES, type MigrationSubstate } from "@/lib/migrations/vocabulary";

const EVENTS = Object.keys(MIGRATION_EVENTS) as MigrationEventName[];

/** docs/state-machine.md, generated from the state table so that it cannot be out of date. */
export function renderStateMachine(): string {
  return `# The life of a migration

Generated from \`lib/migrations/state-table.ts\` by \`tsx scripts/write-state-machine.ts\`; a test compares. Do not edit.

States and substates are those of Azure's migration service. The state follows from the substate; \`Completed\` is the
substate of every end. \`cancel\` leads from every substate to \`CancelingRequestedDBMigrations\` and \`fail\` from every one but that
to \`Failed\`; both are left out of the drawing.

\`\`\`mermaid
stateDiagram-v2
  [*] --> PerformingPreRequisiteSteps
${drawing().join("\n")}
\`\`\`

## Substates

| substate | state | who acts |
|---|---|---|
${MIGRATION_SUBSTATES.map(substateRow).join("\n")}

## Events

| event | happens when | from | to |
|---|---|---|---|
${EVENTS.flatMap(eventRows).join("\n")}

An event that is not listed for a substate is rejected there; "stays" means that it is already so and a repetition does no harm.
`;
}

function target(next: Next): string {
  const { state, substate } = statusOf(next);
  return substate === "Completed" ? state : substate;
}

function drawing(): string[] {
  const lines: string[] = [];
  for (const substate of MIGRATION_SUBSTATES) {
    for (const event of EVENTS) {
      const next = TRANSITIONS[substate][event];
      if (next === "ignore" || next === "reject" || event === "cancel" || event === "fail") continue;
      lines.push(`  ${substate} --> ${target(next)}: ${event}`);
    }
  }
  for (const end of ["Succeeded", "ValidationFailed", "Failed", "Canceled"]) lines.push(`  ${end} --> [*]`);
  return lines;
}

function substateRow(substate: MigrationSubstate): string {
  if (substate === "Completed")
    return "| Completed | Succeeded, ValidationFailed, Failed, Canceled | no one |";
  const { state } = statusOf(substate);
  const actor = state === "WaitingForUserAction" ? "user" : "worker";
  return `| ${substate} | ${state} | ${actor} |`;
}

function eventRows(event: MigrationEventName): string[] {
  const byTarget = new Map<string, string[]>();
  for (const substate of MIGRATION_SUBSTATES) {
    const next = TRANSITIONS[substate][event];
    if (next === "reject") continue;
    const to = next === "ignore" ? "stays" : target(next);
    byTarget.set(to, [...(byTarget.get(to) ?? []), substate]);
  }
  return [...byTarget].map(
    ([to, from]) => `| ${event} | ${MIGRATION_EVENTS[event]} | ${from.join(", ")} | ${to} |`,
  );
}
