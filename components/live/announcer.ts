/** What a screen reader is told about one migration. */
export interface Announced {
  name: string;
  /** Status in words, "In progress, migrating data". */
  status: string;
  /** 0 to 100, or null while there is nothing to measure. */
  percent: number | null;
}

export interface AnnouncerMemory {
  status: string;
  /** Highest milestone passed, spoken or not. */
  milestone: number;
  /** When progress was last spoken, in milliseconds. */
  progressSpokenAt: number;
}

const MILESTONES = [25, 50, 75] as const;
/** Progress is spoken at most this often, in milliseconds. */
export const PROGRESS_PAUSE_MS = 30_000;

/**
 * The sentence to speak now, if any, and what to remember. The first value is never spoken: it is on the page.
 * A change of status is spoken at once, progress at 25, 50 and 75 percent and at most every 30 s.
 */
export function announce(
  memory: AnnouncerMemory | null,
  now: Announced,
  nowMs: number,
): { memory: AnnouncerMemory; message: string | null } {
  const reached = milestoneOf(now.percent);
  if (memory === null) {
    return {
      memory: { status: now.status, milestone: reached, progressSpokenAt: Number.NEGATIVE_INFINITY },
      message: null,
    };
  }
  if (memory.status !== now.status) {
    const next = { ...memory, status: now.status, milestone: Math.max(memory.milestone, reached) };
    return { memory: next, message: `${now.name}: ${now.status}.` };
  }
  if (reached <= memory.milestone) return { memory, message: null };
  // A milestone inside the pause is kept for later, not lost: memory.milestone stays behind.
  if (nowMs - memory.progressSpokenAt < PROGRESS_PAUSE_MS) return { memory, message: null };
  return {
    memory: { ...memory, milestone: reached, progressSpokenAt: nowMs },
    message: `${now.name}: ${Math.floor(now.percent ?? 0)} percent.`,
  };
}

function milestoneOf(percent: number | null): number {
  return MILESTONES.findLast((milestone) => (percent ?? 0) >= milestone) ?? 0;
}
