import { ArmError } from "@/lib/arm/arm-error";

/**
 * Throws ArmError 400 when a text within `value` is none that PostgreSQL can hold: it knows no null character and only
 * whole code points.
 */
export function demandStorable(value: unknown, path = ""): void {
  if (typeof value === "string") {
    if (!isStorable(value)) throw unstorable(path);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    if (!isStorable(key)) throw unstorable(path);
    demandStorable(part, at);
  }
}

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

function unstorable(path: string): ArmError {
  return new ArmError(
    400,
    "InvalidParameterValue",
    `${path === "" ? "The request" : `'${path}'`} holds a null character or half of a surrogate pair.`,
    path === "" ? {} : { target: path },
  );
}
