import { type DatabaseFilterBody, type DatabaseSelection, hasFilter } from "@/lib/migrations/filter";
import { countNoun } from "@/lib/migrations/format-quantity";
import { filterOf } from "../selections";

/** What a selection says, in a few words: "as store; 2 tables left out, rows of 1 table left out"; "" for everything. */
export function describeSelection(selection: DatabaseSelection): string {
  const { name, targetName } = selection;
  const parts = [
    ...(targetName !== undefined && targetName !== name ? [`as ${targetName}`] : []),
    ...(hasFilter(selection) ? [describeFilter(filterOf(selection))] : []),
  ];
  return parts.join("; ");
}

function describeFilter({ include, exclude }: DatabaseFilterBody): string {
  const only = [counted(include?.schemas, "schema"), counted(include?.tables, "table")].filter(
    (text) => text !== "",
  );
  const rows = counted(exclude?.tableData, "table");
  const out = [
    counted(exclude?.schemas, "schema"),
    counted(exclude?.tables, "table"),
    rows === "" ? "" : `rows of ${rows}`,
    counted(exclude?.indexes, "index", "indexes"),
  ].filter((text) => text !== "");
  return [
    ...(only.length > 0 ? [`only ${only.join(", ")}`] : []),
    ...(out.length > 0 ? [`without ${out.join(", ")}`] : []),
  ].join("; ");
}

/** Few names are told, more are counted as what they are: one pattern may mean many objects. */
function counted(patterns: readonly string[] | undefined, noun: string, plural = `${noun}s`): string {
  const [first, second, ...more] = patterns ?? [];
  if (first === undefined) return "";
  if (second === undefined) return `${noun} ${first}`;
  return more.length === 0
    ? `${plural} ${first} and ${second}`
    : `${plural} by ${countNoun(more.length + 2, "name or pattern", "names or patterns")}`;
}
