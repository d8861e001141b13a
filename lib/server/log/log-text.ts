import { formatDuration } from "@/lib/migrations/format-duration";
import { formatByteRate, formatBytes, groupDigits } from "@/lib/migrations/format-quantity";
import type { LogRecord } from "./log-records";

/** A record of the log as people read it, one or more lines with their ends. */
export function logText(record: LogRecord): string {
  return linesOf(record)
    .map((line) => `${plain(line)}\n`)
    .join("");
}

const INDENT = "    ";

function linesOf(record: LogRecord): string[] {
  switch (record.type) {
    case "migration":
      return migrationLines(record);
    case "validation":
      return validationLines(record);
    case "event":
      return [`${moment(record)} ${text(record, "level").padEnd(7)} ${join(eventParts(record))}`];
    case "problem":
      return problemLines(record);
    case "table":
      return [`table     ${join([text(record, "database"), tableName(record), tableFacts(record)])}`];
    case "phase":
      return [`phase     ${text(record, "phase")}: ${duration(record)}, from ${text(record, "startedAt")}`];
    case "database":
      return [`database  ${join([text(record, "name"), databaseFacts(record)])}`];
    case "verification":
      return [
        `verified  ${text(record, "state")}: ${count(record, "itemsDone")} of ${count(record, "itemsTotal")} compared, ` +
          `${count(record, "itemsDifferent")} differ, ${count(record, "itemsUnchecked")} not compared, by ${text(record, "requestedBy")}`,
      ];
    case "end":
      return endLines(record);
    default:
      record.type satisfies never;
      return [];
  }
}

function migrationLines(record: LogRecord): string[] {
  const [source, target] = [part(record, "source"), part(record, "target")];
  return [
    `Migration ${text(record, "name")} (${text(record, "id")}), attempt ${count(record, "attempt")}`,
    `${INDENT}${text(record, "mode")}, ${text(record, "option")}, created ${text(record, "createdAt")} by ${text(record, "createdBy")}`,
    `${INDENT}from ${text(source, "user")} at ${text(source, "host")}:${text(source, "port")} (${text(source, "type")}, ${text(source, "sslMode")})`,
    `${INDENT}to ${text(target, "user")} at ${text(target, "host")}:${text(target, "port")} (${text(target, "name")})`,
    `${INDENT}databases: ${list(record, "databases").join(", ")}`,
    `${INDENT}written ${text(record, "writtenAt")}; all times are UTC`,
    "",
  ];
}

function validationLines(record: LogRecord): string[] {
  const where = text(record, "database") || "server";
  const rule = text(record, "rule");
  if (rule === "") return [`checks    ${text(record, "state")}, from ${text(record, "startedAt")}`];
  const messages = list(record, "messages").flatMap((message) => {
    const found = asRecord(message);
    if (text(found, "state") === "Succeeded") return [];
    const code = text(found, "code");
    return [
      `${INDENT}${text(found, "state")}: ${text(found, "message")}${code === "" ? "" : ` [${code}]`}`,
      ...(text(found, "remedy") === "" ? [] : [`${INDENT}What to do: ${text(found, "remedy")}`]),
    ];
  });
  return [`check     ${join([where, rule, text(record, "state")])}`, ...messages];
}

function eventParts(record: LogRecord): string[] {
  const facts = Object.entries(part(record, "data")).flatMap(([name, value]) =>
    typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? [`${name}=${value}`]
      : [],
  );
  return [
    text(record, "database"),
    text(record, "object"),
    text(record, "message"),
    facts.length === 0 ? "" : `(${facts.join(", ")})`,
  ];
}

function problemLines(record: LogRecord): string[] {
  const sqlState = text(record, "sqlState");
  const code = `${text(record, "code")}${sqlState === "" ? "" : `, SQLSTATE ${sqlState}`}`;
  const statement = text(record, "statement");
  const subject = `${text(record, "kind")} ${text(record, "object")}`;
  return [
    `${moment(record)} ${text(record, "severity").padEnd(7)} ${join([text(record, "database"), subject])} [${code}]`,
    `${INDENT}${text(record, "message")}`,
    `${INDENT}What to do: ${text(record, "remedy")}`,
    ...(statement === "" ? [] : statement.split(/\r?\n/).map((line) => `${INDENT}| ${line}`)),
  ];
}

function tableName(record: LogRecord): string {
  return `${text(record, "schema")}.${text(record, "name")}`;
}

function tableFacts(record: LogRecord): string {
  const ms = record["ms"];
  const bytes = number(record, "bytesCopied");
  const parts = [
    text(record, "state"),
    `${count(record, "rowsCopied")} rows`,
    formatBytes(bytes),
    typeof ms === "number" ? formatDuration(ms) : "",
    typeof ms === "number" && ms > 0 ? formatByteRate((bytes * 1000) / ms) : "",
    text(record, "format"),
    number(record, "attempts") > 1 ? `${count(record, "attempts")} tries` : "",
    changesText(record),
    text(record, "unfollowed") === "" ? "" : `changes not applied: ${text(record, "unfollowed")}`,
  ];
  return parts.filter((one) => one !== "").join(", ");
}

/** "12 inserts, 3 updates": what was applied to a table, or a database, since its rows were copied. */
function changesText(record: Fields): string {
  return ["inserts", "updates", "deletes", "truncates"]
    .flatMap((kind) => (number(record, kind) > 0 ? [`${count(record, kind)} ${kind}`] : []))
    .join(", ");
}

function databaseFacts(record: LogRecord): string {
  const target = text(record, "targetName");
  const parts = [
    text(record, "state") || "not begun",
    target === text(record, "name") ? "" : `on the target ${target}`,
    record["filtered"] === true ? "filtered" : "",
    `${count(record, "tablesCompleted")} tables copied`,
    `${count(record, "tablesErrored")} failed`,
    `${count(record, "rowsCopied")} rows`,
    formatBytes(number(record, "bytesCopied")),
    `${count(record, "indexesDone")} of ${count(record, "indexesTotal")} indexes`,
    changesText(part(record, "following")),
    text(record, "message"),
  ];
  return parts.filter((one) => one !== "").join(", ");
}

function endLines(record: LogRecord): string[] {
  const error = text(record, "error");
  const code = text(record, "errorCode");
  const ended = text(record, "endedAt");
  return [
    "",
    `${text(record, "state")}${ended === "" ? ", not ended yet" : ` at ${ended}`}: ${count(record, "tablesCompleted")} of ${count(record, "tables")} tables, ` +
      `${count(record, "rowsCopied")} rows, ${formatBytes(number(record, "bytesCopied"))}, ${count(record, "problems")} problems`,
    ...(error === "" ? [] : [`${INDENT}${error}${code === "" ? "" : ` [${code}]`}`]),
  ];
}

function moment(record: LogRecord): string {
  return text(record, "at").replace("T", " ").replace("Z", "");
}

function duration(record: LogRecord): string {
  return formatDuration(number(record, "ms"));
}

function join(parts: readonly string[]): string {
  return parts.filter((one) => one !== "").join("  ");
}

/** Names and messages come from servers: nothing of them may end a line or steer a terminal. */
function plain(line: string): string {
  return line
    .replace(/\r?\n/g, `\n${INDENT}`)
    .replace(/\p{Cc}/gu, (character) => (character === "\n" || character === "\t" ? character : "\uFFFD"));
}

type Fields = Readonly<Record<string, unknown>>;

function text(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === "number" ? value : 0;
}

function count(fields: Fields, name: string): string {
  return groupDigits(number(fields, name));
}

function list(fields: Fields, name: string): unknown[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}

function part(fields: Fields, name: string): Fields {
  return asRecord(fields[name]);
}

function asRecord(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
