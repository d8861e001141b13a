/** What the actions of the audit log are called; keyed by their last two parts, without regard to case. */
const WORDS: Record<string, string> = {
  "migrations/write": "Create or change migration",
  "migrations/delete": "Delete migration",
  "flexibleservers/write": "Register or change server",
  "flexibleservers/delete": "Remove server",
  "connectiontests/action": "Test connection",
  "session/write": "Sign in",
  "session/delete": "Sign out",
};

/** An action in words; one that is not known keeps its last two parts. */
export function actionWords(action: string): string {
  const tail = action.split("/").slice(-2).join("/");
  return WORDS[tail.toLowerCase()] ?? tail;
}

export interface AuditOutcome {
  kind: "succeeded" | "refused" | "failed";
  /** Error code behind it; null on success. */
  code: string | null;
}

/** "refused: Forbidden" taken apart. What has another form counts as failed. */
export function parseOutcome(outcome: string): AuditOutcome {
  const [kind = "", ...rest] = outcome.split(":");
  const code = rest.join(":").trim();
  if (kind === "succeeded") return { kind, code: null };
  return { kind: kind === "refused" ? kind : "failed", code: code === "" ? outcome : code };
}
