const TIME = /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)(?:\.(\d+))?([+-])(\d+)(?::(\d+))?(?::(\d+))?\)$/;
/** Of "2026-01-02 03:04:05". */
const SECOND_CHARACTERS = 19;

/**
 * Reads commit times as the server prints them. In a backlog thousands of commits share a second: what it comes to is kept,
 * and only the fraction is read.
 */
export class CommitClock {
  /** As it was printed; empty when none is known. */
  #second: Uint8Array = new Uint8Array();
  /** What follows the fraction: the zone and the closing bracket. */
  #zone: Uint8Array = new Uint8Array();
  #micros = 0;

  /** The time that begins at `at` and ends with a closing bracket before `end`, in microseconds since 1970. Throws SyntaxError. */
  read(bytes: Buffer, at: number, end: number): number {
    const [fractionAt, zoneAt] = [at + this.#second.length, end - this.#zone.length];
    if (this.#zone.length > 0 && isAt(this.#second, bytes, at) && isAt(this.#zone, bytes, zoneAt)) {
      const micros = fractionAt === zoneAt ? 0 : readFraction(bytes, fractionAt, zoneAt);
      if (micros !== null) return this.#micros + micros;
    }
    return this.#readWhole(bytes.toString("latin1", at, end));
  }

  #readWhole(time: string): number {
    const parts = TIME.exec(time);
    if (!parts) throw new SyntaxError("a commit time of unknown form");
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
    const [fraction = "", sign = "", hours = "0", minutes = "0", seconds = "0"] = parts.slice(7);
    const local = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) / 1000;
    const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    this.#micros = (sign === "-" ? local + offset : local - offset) * 1_000_000;
    this.#second = Buffer.from(time.slice(0, SECOND_CHARACTERS), "latin1");
    const zone = time.slice(SECOND_CHARACTERS + (fraction === "" ? 0 : fraction.length + 1));
    // Years with more digits are read this way every time.
    this.#zone = Buffer.from(year !== undefined && year <= 9999 ? zone : "", "latin1");
    return this.#micros + Number(fraction.padEnd(6, "0"));
  }
}

function isAt(expected: Uint8Array, bytes: Buffer, at: number): boolean {
  for (let n = 0; n < expected.length; n++) if (bytes[at + n] !== expected[n]) return false;
  return true;
}

const POINT = 0x2e;

/** ".678" in microseconds; null of anything else. */
function readFraction(bytes: Buffer, begin: number, end: number): number | null {
  const digits = end - begin - 1;
  if (bytes[begin] !== POINT || digits < 1 || digits > 6) return null;
  let value = 0;
  for (let at = begin + 1; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value * 10 ** (6 - digits);
}
