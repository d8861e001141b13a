import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import {
  Table,
  TableBody,
  TableCaption,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableRowHeader,
} from "@/components/ui/table";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { SSL_MODE_LABELS } from "@/lib/migrations/labels";
import type { RegisteredServer } from "@/lib/migrations/server-contract";

interface ServerTableProps {
  servers: readonly RegisteredServer[];
  /** null for those who may only look. */
  onRemove: ((server: RegisteredServer) => void) | null;
}

/** The registered servers; on narrow windows the less telling columns go. */
export function ServerTable({ servers, onRemove }: ServerTableProps) {
  return (
    <Table>
      <TableCaption>Registered target servers</TableCaption>
      <TableHead>
        <tr>
          <TableHeader>Name</TableHeader>
          <TableHeader>Version</TableHeader>
          <TableHeader numeric className="max-md:hidden">
            Size
          </TableHeader>
          <TableHeader className="max-md:hidden">SSL mode</TableHeader>
          <TableHeader numeric>Migrations</TableHeader>
          {onRemove && (
            <TableHeader>
              <span className="sr-only">Actions</span>
            </TableHeader>
          )}
        </tr>
      </TableHead>
      <TableBody>
        {servers.map((server) => (
          <TableRow key={server.id} className="hover:bg-surface">
            <TableRowHeader className="wrap-anywhere">
              {server.name}
              <span className="block text-caption font-normal text-muted">{`${server.host}:${server.port}`}</span>
            </TableRowHeader>
            <TableCell>{server.version ?? <span className="text-muted">Not read yet</span>}</TableCell>
            <TableCell numeric className="max-md:hidden">
              {server.storageBytes === null ? "–" : formatBytes(server.storageBytes)}
            </TableCell>
            <TableCell className="max-md:hidden">{SSL_MODE_LABELS[server.sslMode]}</TableCell>
            <TableCell numeric>
              {server.migrationsTotal}
              {server.migrationsActive > 0 && (
                <span className="block text-caption text-muted">{server.migrationsActive} active</span>
              )}
            </TableCell>
            {onRemove && (
              <TableCell numeric>
                <Button
                  variant="quiet"
                  size="icon-small"
                  aria-label={`Remove ${server.name}`}
                  onClick={() => onRemove(server)}
                >
                  <Icon name="trash" />
                </Button>
              </TableCell>
            )}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
