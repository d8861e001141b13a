import Link from "next/link";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function MigrationNotFound() {
  return (
    <>
      <h1 tabIndex={-1} className="sr-only">
        Migration not found
      </h1>
      <EmptyState
        icon="search"
        title="There is no such migration"
        description="It may have been deleted, or the address is incomplete."
        actions={
          <Button asChild>
            <Link href="/">All migrations</Link>
          </Button>
        }
      />
    </>
  );
}
