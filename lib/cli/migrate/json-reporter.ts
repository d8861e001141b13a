import type { Output } from "@/lib/cli/output";
import type { Reporter } from "./reporter";

/** One JSON object a line on standard output, each with a `type`: created, progress, note, problem, ended. */
export function jsonReporter({ out }: Output): Reporter {
  const print = (type: string, fields: object) =>
    out(JSON.stringify({ type, at: new Date().toISOString(), ...fields }));
  return {
    created: (view) => print("created", { ...view }),
    progress: (view) => print("progress", { ...view }),
    note: (message) => print("note", { message }),
    ended({ view, problems, problemsTotal, validation, elapsedMs, exitCode }) {
      for (const problem of problems) print("problem", problem);
      print("ended", { ...view, validation, problemsTotal, elapsedMs, exitCode });
    },
    close: () => undefined,
  };
}
