import { DetailsSkeleton } from "@/components/migration-details/details-skeleton";

export default function Loading() {
  return <DetailsSkeleton />;
}
