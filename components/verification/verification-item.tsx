"use client";

import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { ProgressBar } from "@/components/ui/progress-bar";
import { StatusBadge } from "@/components/ui/status-badge";
import { Disclosure } from "@/components/validation-report/disclosure";
import { formatDuration } from "@/lib/migrations/format-duration";
import { formatBytesOf } from "@/lib/migrations/format-quantity";
import { verifiedStatus } from "@/lib/migrations/status";
import type { VerificationItemView } from "@/lib/migrations/verification";
import { RowDifferences } from "./row-differences";
import { SchemaDiff } from "./schema-diff";
import { differencesText, digits, itemName, KIND_LABELS, rowsText } from "./verification-words";

interface VerificationItemProps {
  url: string;
  item: VerificationItemView;
  /** Names its database, where several are mixed. */
  showDatabase: boolean;
  defaultOpen: boolean;
  active: boolean;
}

/** One thing that was compared: what was found, and the way to what differs. */
export function VerificationItem({ url, item, showDatabase, defaultOpen, active }: VerificationItemProps) {
  const status = verifiedStatus(item.state);
  const name = itemName(item);
  const kind = KIND_LABELS[item.kind];
  const facts = [
    showDatabase ? item.database : null,
    kind.toLowerCase() === name ? null : kind,
    rowsText(item),
    differencesText(item),
  ].filter((fact) => fact !== null);
  return (
    <Disclosure
      headingLevel={3}
      icon={status.icon}
      tone={status.tone}
      defaultOpen={defaultOpen}
      aside={item.ms === null ? undefined : formatDuration(item.ms)}
      title={
        <span className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-mono text-code wrap-anywhere">{name}</span>
          <span className="text-table font-normal text-muted">
            <span className="sr-only">{status.label}, </span>
            {facts.join(", ")}
          </span>
        </span>
      }
    >
      <div className="grid gap-3 px-3 py-3 sm:px-4 lg:pl-[58px]">
        {item.state === "running" && <ItemProgress item={item} name={name} />}
        {item.message !== null && <p className="wrap-anywhere">{item.message}</p>}
        <SideFacts item={item} name={name} />
        {item.rowsKept > 0 && <ItemRows url={url} item={item} name={name} active={active} />}
        {item.hasLines && <SchemaDiff url={url} itemId={item.id} name={item.database} active={active} />}
      </div>
    </Disclosure>
  );
}

function ItemProgress({ item, name }: { item: VerificationItemView; name: string }) {
  const text = formatBytesOf(item.bytesRead, item.bytesEstimated);
  const percent = item.bytesEstimated > 0 ? (100 * item.bytesRead) / item.bytesEstimated : 0;
  return (
    <div className="grid gap-1">
      <ProgressBar value={Math.min(99, percent)} label={name} valueText={text} />
      <span className="text-caption text-muted">{text}</span>
    </div>
  );
}

/** Row counts and checksums of both sides. */
function SideFacts({ item, name }: { item: VerificationItemView; name: string }) {
  const { sourceRows, targetRows, sourceChecksum, targetChecksum } = item;
  const noRows = sourceRows === null && targetRows === null;
  const noChecksums = sourceChecksum === null && targetChecksum === null;
  if (noRows && noChecksums) {
    return item.state === "equal" ? (
      <StatusBadge status={verifiedStatus("equal")} className="text-table" />
    ) : null;
  }
  return (
    <table className="w-full max-w-200 border-collapse text-table">
      <caption className="sr-only">Both sides of {name}</caption>
      <thead>
        <tr className="text-left text-caption text-muted">
          <td />
          <th scope="col" className="py-0.5 pr-3 font-medium">
            Source
          </th>
          <th scope="col" className="py-0.5 font-medium">
            Target
          </th>
        </tr>
      </thead>
      <tbody>
        {!noRows && (
          <SideRow
            label={item.kind === "large-objects" ? "Objects" : "Rows"}
            source={sourceRows && digits(sourceRows)}
            target={targetRows && digits(targetRows)}
          />
        )}
        {!noChecksums && <SideRow label="Checksum" source={sourceChecksum} target={targetChecksum} />}
      </tbody>
    </table>
  );
}

function SideRow({ label, source, target }: { label: string; source: string | null; target: string | null }) {
  const differs = source !== target;
  const text = (value: string | null) =>
    value === null ? (
      <span className="text-muted">unknown</span>
    ) : (
      <code className={differs ? "font-semibold" : ""}>{value}</code>
    );
  return (
    <tr className="border-t border-line">
      <th scope="row" className="w-24 py-1 pr-3 text-left align-top font-normal text-muted">
        {label}
        {differs && (
          <span className="flex items-center gap-1 text-caption text-bad">
            <Icon name="migrations" size={12} />
            differs
          </span>
        )}
      </th>
      <td className="py-1 pr-3 align-top wrap-anywhere">{text(source)}</td>
      <td className="py-1 align-top wrap-anywhere">{text(target)}</td>
    </tr>
  );
}

function ItemRows({
  url,
  item,
  name,
  active,
}: Omit<VerificationItemProps, "showDatabase" | "defaultOpen"> & { name: string }) {
  return (
    <section aria-label={`Rows of ${name} that differ`} className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <h4 className="font-semibold">Rows that differ</h4>
        {item.limited && (
          <span className="text-caption text-muted">
            {digits(String(item.rowsKept))} are kept; there are more.
          </span>
        )}
        <span className="flex flex-wrap gap-2 sm:ml-auto">
          <Button size="small" asChild>
            <a href={`${url}/export/repair.sql?item=${item.id}`} download>
              <Icon name="download" size={14} />
              Repair SQL<span className="sr-only"> of {name}</span>
            </a>
          </Button>
          <Button size="small" asChild>
            <a href={`${url}/export/rows.csv?item=${item.id}`} download>
              <Icon name="download" size={14} />
              CSV<span className="sr-only"> of the rows of {name}</span>
            </a>
          </Button>
        </span>
      </div>
      <RowDifferences url={url} itemId={item.id} name={name} active={active} />
    </section>
  );
}
