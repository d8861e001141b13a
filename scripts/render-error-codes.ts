import { describeCode, ERROR_CODES, type ErrorCode } from "@/lib/util/error-codes";

/** docs/error-codes.md, generated from the table of codes so that it cannot be out of date. */
export function renderErrorCodes(): string {
  const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).sort();
  return `# Error codes

Generated from \`lib/util/error-codes.ts\` by \`tsx scripts/write-error-codes.ts\`; a test compares. Do not edit.

A code is stable: scripts may match on it. The API sends it as \`code\` of an error, the terminal prints it in brackets,
and the dashboard shows it beside the message. The last column is the code Azure's migration service uses for the same thing.

| code | what it means | what to do | Azure |
|---|---|---|---|
${codes.map(row).join("\n")}
`;
}

function row(code: ErrorCode): string {
  const { cause, remedy, azure } = describeCode(code);
  return `| \`${code}\` | ${cell(cause)} | ${cell(remedy)} | ${azure ?? ""} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
