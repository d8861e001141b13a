import { defineRule } from "../rule";

/** 9.6.24 -> 906, 16.4 -> 16: before 10 the second number was part of the major version. */
function majorOf(versionNumber: number): number {
  return versionNumber >= 100_000
    ? Math.floor(versionNumber / 10_000)
    : Math.floor(versionNumber / 100) / 100;
}

export const noDowngrade = defineRule({
  id: "no-downgrade",
  type: "SourceVersionValidation",
  level: "server",
  severity: "Failed",
  code: "VERSION_DOWNGRADE",
  alwaysChecked: true,
  title: "target no older than the source",
  why: "A newer server dumps statements and catalogue entries an older one does not know.",
  side: "target",
  mendedBy: "decision",
  fix: {
    general: "Create the target with the major version of the source or a newer one.",
    azure:
      "Create the flexible server with the major version of the source or a newer one; a server cannot be downgraded in place.",
  },
  async check({ source, target }) {
    const from = source.facts.version;
    const to = target.facts.version;
    const older = majorOf(target.facts.versionNumber) < majorOf(source.facts.versionNumber);
    return {
      checked: `The target runs PostgreSQL ${to}, no older than the source's ${from}.`,
      problems: older
        ? [{ message: `The target runs PostgreSQL ${to}, an older major version than the source's ${from}.` }]
        : [],
    };
  },
});
