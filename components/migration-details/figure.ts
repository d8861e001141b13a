export interface Figure {
  label: string;
  value: string;
  /** Shown smaller behind the value. */
  unit: string | null;
  caption: string;
  /** A bar under the caption, 0 to 100. */
  percent: number | null;
}

/** In place of a figure that is not known. */
export const UNKNOWN = "–";

/** A figure without unit and bar. */
export function figure(label: string, value: string, caption: string): Figure {
  return { label, value, unit: null, caption, percent: null };
}

/** The text with a capital letter at its beginning. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
