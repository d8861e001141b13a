const TIME = /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)(?:\.(\d+))?([+-])(\d+)(?::(\d+))?(?::(\d+))?\)$/;
/** Of "2026-01-02 03:04:05". */
const SECOND_CHARACTERS = 19;

/**
 * Reads commit times as the server prints them. In a backlog thousands of commits share a second: what it comes to is kept,
 * and only the fraction is read.
 */
export class CommitClock {
  #second = "";
  /** What follows the fraction: the zone and the closing bracket. */
  #zone = "";
  #micros = 0;

  /** The time that begins at `at` and ends with the text's closing bracket, in microseconds since 1970. Throws SyntaxError. */
  read(text: string, at: number): number {
    const zoneAt = text.length - this.#zone.length;
    if (this.#zone !== "" && text.startsWith(this.#second, at) && text.endsWith(this.#zone)) {
      const fraction = zoneAt - at - SECOND_CHARACTERS;
      if (fraction === 0) return this.#micros;
      const micros = fraction > 0 ? readFraction(text.slice(at + SECOND_CHARACTERS, zoneAt)) : null;
      if (micros !== null) return this.#micros + micros;
    }
    return this.#readWhole(text.slice(at));
  }

  #readWhole(time: string): number {
    const parts = TIME.exec(time);
    if (!parts) throw new SyntaxError("a commit time of unknown form");
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
    const [fraction = "", sign = "", hours = "0", minutes = "0", seconds = "0"] = parts.slice(7);
    const local = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) / 1000;
    const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    this.#micros = (sign === "-" ? local + offset : local - offset) * 1_000_000;
    this.#second = time.slice(0, SECOND_CHARACTERS);
    const zone = time.slice(SECOND_CHARACTERS + (fraction === "" ? 0 : fraction.length + 1));
    // Years with more digits are read this way every time.
    this.#zone = year !== undefined && year <= 9999 ? zone : "";
    return this.#micros + Number(fraction.padEnd(6, "0"));
  }
}

/** ".678" in microseconds; null of anything else. */
function readFraction(text: string): number | null {
  const digits = text.length - 1;
  const value = Number(text.slice(1));
  if (text[0] !== "." || digits < 1 || digits > 6 || !Number.isInteger(value)) return null;
  return value * 10 ** (6 - digits);
}
