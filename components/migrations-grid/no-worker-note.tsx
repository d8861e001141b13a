import { Note } from "@/components/ui/note";

/** Without a worker nothing moves, and nothing else on the page would say so. */
export function NoWorkerNote() {
  return (
    <Note tone="warn" title="No worker is online" className="mb-3">
      Migrations wait until a worker runs. Start one with <code>howdah worker</code>, or restart Howdah.
    </Note>
  );
}
