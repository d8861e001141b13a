import { GridSkeleton } from "@/components/migrations-grid/grid-skeleton";

export default function Loading() {
  return <GridSkeleton />;
}
