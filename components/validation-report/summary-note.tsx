import { Note } from "@/components/ui/note";
import { type Counts, countsText } from "@/lib/migrations/validation-groups";

/** The report in one line and what follows from it. */
export function SummaryNote({ counts, duration }: { counts: Counts; duration: string }) {
  const title = `${countsText(counts)} in ${duration}`;
  if (counts.failed > 0) {
    const what = counts.failed === 1 ? "the failed check" : `the ${counts.failed} failed checks`;
    return (
      <Note tone="bad" title={title}>
        Nothing was created or changed on either server. Repair {what}, then restart the migration; warnings
        do not stop one.
      </Note>
    );
  }
  if (counts.warnings > 0) {
    return (
      <Note tone="warn" title={title}>
        Warnings do not stop a migration; read them before you rely on the result.
      </Note>
    );
  }
  if (counts.notChecked > 0) {
    return (
      <Note tone="warn" title={title}>
        Nothing was found, but some checks could not run; each says what it needs. They are not passes.
      </Note>
    );
  }
  return (
    <Note tone="ok" title={title}>
      Every check that ran passed. Validation changed nothing on either server.
    </Note>
  );
}
