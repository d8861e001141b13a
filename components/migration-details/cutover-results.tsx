import { Panel } from "@/components/ui/panel";
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
import { cutoverResults, longestMs } from "@/lib/migrations/following";
import { formatShortTime } from "@/lib/migrations/format-duration";
import { formatMoment } from "@/lib/migrations/format-time";
import { stepLabel } from "@/lib/migrations/labels";
import type { CutoverResult, OnlineDetails } from "@/lib/migrations/read-model";
import { UnfollowedList } from "./unfollowed-list";

interface Result {
  name: string;
  result: CutoverResult;
}

/** What the cutover took, or before it the last rehearsal; nothing before either. */
export function CutoverResults({ online }: { online: OnlineDetails }) {
  const cutover = cutoverResults(online.databases, "cutover");
  if (cutover.length > 0) return <Results title="Cutover" results={cutover} summary={cutoverSummary} />;
  const rehearsal = cutoverResults(online.databases, "rehearsal");
  if (rehearsal.length === 0) return null;
  return <Results title="Rehearsal of the cutover" results={rehearsal} summary={rehearsalSummary} />;
}

function cutoverSummary(took: string): string {
  return `Downtime ${took}, from the request to the end. Stopping writes before it and pointing applications to the target come on top.`;
}

function rehearsalSummary(took: string): string {
  return `Expected downtime about ${took}, once writes are stopped. Nothing was cut over; following goes on.`;
}

interface ResultsProps {
  title: string;
  results: readonly Result[];
  summary: (took: string) => string;
}

function Results({ title, results, summary }: ResultsProps) {
  const unfollowed = results.flatMap(({ name, result }) =>
    result.unfollowed.map((table) => ({
      database: name,
      schema: table.schema,
      name: table.name,
      reason: table.reason,
    })),
  );
  const began = results.map(({ result }) => result.startedAt).sort();
  return (
    <Panel title={title} aside={formatMoment(began.at(-1) ?? "")} bodyClassName="px-0 pb-0">
      <p className="px-4 pb-2.5">{summary(formatShortTime(longestMs(results) ?? 0))}</p>
      {unfollowed.length > 0 && (
        <div className="px-4 pb-3">
          <UnfollowedList tables={unfollowed} />
        </div>
      )}
      <div className="[&_tr:last-child]:border-0">
        <Table>
          <TableCaption>{title}, step by step</TableCaption>
          <TableHead>
            <tr>
              <TableHeader>Database</TableHeader>
              <TableHeader numeric>Took</TableHeader>
              <TableHeader className="w-full">Steps</TableHeader>
            </tr>
          </TableHead>
          <TableBody>
            {results.map(({ name, result }) => (
              <TableRow key={name}>
                <TableRowHeader className="min-w-24 wrap-anywhere sm:min-w-40">{name}</TableRowHeader>
                <TableCell numeric className="font-semibold">
                  {formatShortTime(result.ms)}
                </TableCell>
                <TableCell>
                  <Steps steps={result.steps} />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
    </Panel>
  );
}

function Steps({ steps }: { steps: CutoverResult["steps"] }) {
  return (
    <ul className="flex flex-wrap gap-x-4">
      {steps.map(({ step, ms }) => (
        <li key={step}>
          {stepLabel(step)} <span className="whitespace-nowrap text-muted">{formatShortTime(ms)}</span>
        </li>
      ))}
    </ul>
  );
}
