import { Skeleton } from "@/components/ui/skeleton";

/** The page's final geometry while it is read; a quick answer comes before it shows. */
export function DetailsSkeleton() {
  return (
    <div
      className="max-w-[1280px] transition-opacity delay-200 duration-100 starting:opacity-0"
      aria-busy="true"
    >
      <p className="sr-only">Loading the migration</p>
      <Skeleton className="h-7 w-72 max-w-full" />
      <Skeleton className="mt-2 w-96 max-w-full" />
      <Skeleton className="mt-7 h-11 max-md:h-40" />
      <Skeleton className="mt-6 h-[94px] max-md:h-[188px]" />
      <Skeleton className="mt-6 h-9" />
      <Skeleton className="mt-4 h-72" />
    </div>
  );
}
