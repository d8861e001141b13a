import { Skeleton } from "@/components/ui/skeleton";

const ROWS = ["1", "2", "3", "4", "5", "6"];

/** The page's final geometry while the list is read; a quick answer comes before it shows. */
export function GridSkeleton() {
  return (
    <div aria-busy="true" className="transition-opacity delay-200 duration-100 starting:opacity-0">
      <h1 className="text-page">Migrations</h1>
      <p className="sr-only">Loading</p>
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
