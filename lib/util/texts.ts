/** Has no property for longer than sharedText() takes. */
const names: Record<string, true> = Object.create(null);

/**
 * The same text, of which the process holds one copy however often it is put together: V8 keeps names of properties once, and
 * forgets those that nothing holds any more. For texts that thousands of objects have in common.
 */
export function sharedText(text: string): string {
  names[text] = true;
  for (const name in names) {
    delete names[name];
    return name;
  }
  return text;
}

/**
 * The same text in memory of its own: a piece cut out of a text would keep all of it, one put together would keep its pieces, each
 * of which takes more than most names are long.
 */
export function ownText(text: string): string {
  const bytes = 2 * text.length;
  const buffer = bytes <= scratch.length ? scratch : Buffer.allocUnsafeSlow(bytes);
  return buffer.toString("utf16le", 0, buffer.write(text, "utf16le"));
}

/** Thousands of small buffers would wait for the garbage collector. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);
