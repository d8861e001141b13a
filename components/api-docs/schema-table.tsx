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
import type { JsonSchema } from "@/lib/migrations/api-description";
import { outlineOf, typeOf } from "./schema-outline";

/** Where on the page a named schema stands. */
export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** A named schema, property by property. The anchor lies within, so that following a link opens it. */
export function SchemaTable({ name, schema }: { name: string; schema: JsonSchema }) {
  return (
    <details className="mb-2 rounded-md border border-line">
      <summary className="cursor-pointer px-4 py-2 font-medium wrap-anywhere hover:bg-surface">
        {name}
      </summary>
      <div id={schemaAnchor(name)} className="scroll-mt-28 border-t border-line">
        <Properties name={name} schema={schema} />
      </div>
    </details>
  );
}

function Properties({ name, schema }: { name: string; schema: JsonSchema }) {
  const rows = outlineOf(schema);
  if (rows.length === 0) return <p className="px-4 py-2 text-muted">{typeOf(schema)}</p>;
  return (
    <Table className="table-fixed">
      <TableCaption>Properties of {name}</TableCaption>
      <TableHead>
        <tr>
          <TableHeader>Property</TableHeader>
          <TableHeader>Value</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {rows.map((row) => (
          <TableRow key={row.path} className="last:border-b-0">
            <TableRowHeader className="font-normal">
              <code className="wrap-anywhere">{row.path}</code>
              {row.required && <span className="text-caption text-muted"> required</span>}
            </TableRowHeader>
            <TableCell className="wrap-anywhere">
              {row.reference ? <a href={`#${schemaAnchor(row.reference)}`}>{row.type}</a> : row.type}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
