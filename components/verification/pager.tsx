import { Button } from "@/components/ui/button";
import { groupDigits } from "@/lib/migrations/format-quantity";

interface PagerProps {
  /** What is paged, in the plural: "objects". */
  noun: string;
  page: number;
  perPage: number;
  total: number;
  onChange: (page: number) => void;
}

/** "1 to 50 of 1,234 objects" with buttons to the pages before and after; nothing when one page holds all. */
export function Pager({ noun, page, perPage, total, onChange }: PagerProps) {
  if (total <= perPage) return null;
  const first = page * perPage + 1;
  const last = Math.min(total, first + perPage - 1);
  return (
    <nav aria-label={`Pages of ${noun}`} className="flex flex-wrap items-center gap-2 py-1">
      <span role="status" className="text-caption text-muted">
        {groupDigits(first)} to {groupDigits(last)} of {groupDigits(total)} {noun}
      </span>
      <Button size="small" aria-disabled={page === 0 || undefined} onClick={() => onChange(page - 1)}>
        Previous
      </Button>
      <Button size="small" aria-disabled={last >= total || undefined} onClick={() => onChange(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
