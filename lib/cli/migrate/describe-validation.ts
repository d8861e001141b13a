import { parseValidationDetails } from "@/lib/migrations/validation-schema";

/** Failed validations and warnings, a line each with its remedy; empty when all passed or none ran. */
export function describeValidation(stored: unknown): string[] {
  const details = parseValidationDetails(stored);
  if (!details) return [];
  const items = [
    ...details.serverLevelValidationDetails.map((item) => ({ where: "server", item })),
    ...details.dbLevelValidationDetails.flatMap(({ databaseName, summary }) =>
      summary.map((item) => ({ where: databaseName, item })),
    ),
  ];
  return items.flatMap(({ where, item }) =>
    item.messages
      .filter((message) => message.state !== "Succeeded")
      .flatMap((message) => [
        `${message.state} ${where}: ${item.type}: ${message.message}${message.code ? ` [${message.code}]` : ""}`,
        ...(message.remedy ? [`  ${message.remedy}`] : []),
      ]),
  );
}
