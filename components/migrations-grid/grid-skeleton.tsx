import { Skeleton } from "@/components/ui/skeleton";

const ROWS = ["1", "2", "3", "4", "5", "6"];

/** Toolbar and rows while the list is read. */
export function GridSkeleton() {
  return (
    <div aria-busy="true">
      <p className="sr-only">Loading migrations</p>
      <div className="mt-4 mb-3 flex gap-2">
        <Skeleton className="h-8 w-40" />
        <Skeleton className="h-8 w-24" />
        <Skeleton className="ml-auto h-8 w-96 max-lg:hidden" />
      </div>
      <Skeleton className="h-[30px] max-md:hidden" />
      {ROWS.map((row) => (
        <div
          key={row}
          className="border-b border-line py-2 max-md:mb-2 max-md:rounded-md max-md:border max-md:p-3"
        >
          <Skeleton className="h-9 max-md:h-52" />
        </div>
      ))}
    </div>
  );
}
