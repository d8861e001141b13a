import { Button } from "@/components/ui/button";
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
import type { AzureServerView } from "@/lib/migrations/azure-contract";
import { azureHindrances } from "@/lib/migrations/azure-hindrances";
import type { RegisteredServer } from "@/lib/migrations/server-contract";

interface AzureServerListProps {
  servers: readonly AzureServerView[];
  registered: readonly RegisteredServer[];
  onChoose: (server: AzureServerView) => void;
}

/** Flexible servers of a subscription, with what a migration into them has to mind. */
export function AzureServerList({ servers, registered, onChoose }: AzureServerListProps) {
  const known = new Set(registered.map(({ azureResourceId }) => azureResourceId?.toLowerCase()));
  return (
    <Table>
      <TableCaption>Flexible servers of the subscription</TableCaption>
      <TableHead>
        <tr>
          <TableHeader>Server</TableHeader>
          <TableHeader className="max-sm:hidden">Version</TableHeader>
          <TableHeader className="max-sm:hidden">Size</TableHeader>
          <TableHeader>
            <span className="sr-only">Actions</span>
          </TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {servers.map((server) => (
          <TableRow key={server.id}>
            <TableRowHeader className="wrap-anywhere">
              {server.serverName}
              <span className="block text-caption font-normal text-muted">
                {server.resourceGroup}, {server.location}
              </span>
              {azureHindrances(server).map((text) => (
                <span key={text} className="block text-caption font-normal text-warn">
                  {text}
                </span>
              ))}
            </TableRowHeader>
            <TableCell className="max-sm:hidden">{server.version ?? "–"}</TableCell>
            <TableCell className="max-sm:hidden">
              {server.sku?.name ?? "–"}
              {server.storageGiB !== null && (
                <span className="block text-caption text-muted">{server.storageGiB} GiB</span>
              )}
            </TableCell>
            <TableCell numeric>
              {known.has(server.id.toLowerCase()) ? (
                <span className="text-caption text-muted">Added</span>
              ) : (
                <Button aria-label={`Add ${server.serverName}`} onClick={() => onChoose(server)}>
                  Add
                </Button>
              )}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
