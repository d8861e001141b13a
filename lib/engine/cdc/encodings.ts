import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";

/** PostgreSQL's encodings by the names of the Encoding Standard, where both mean the same. */
export const WEB_NAMES: Readonly<Record<string, string>> = {
  EUC_JP: "euc-jp",
  EUC_KR: "euc-kr",
  EUC_CN: "gbk",
  KOI8R: "koi8-r",
  KOI8U: "koi8-u",
  LATIN2: "iso-8859-2",
  LATIN3: "iso-8859-3",
  LATIN4: "iso-8859-4",
  LATIN6: "iso-8859-10",
  LATIN7: "iso-8859-13",
  LATIN8: "iso-8859-14",
  LATIN9: "iso-8859-15",
  LATIN10: "iso-8859-16",
  ISO_8859_5: "iso-8859-5",
  ISO_8859_6: "iso-8859-6",
  ISO_8859_7: "iso-8859-7",
  ISO_8859_8: "iso-8859-8",
  WIN866: "ibm866",
  WIN874: "windows-874",
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1252: "windows-1252",
  WIN1253: "windows-1253",
  WIN1254: "windows-1254",
  WIN1255: "windows-1255",
  WIN1256: "windows-1256",
  WIN1257: "windows-1257",
  WIN1258: "windows-1258",
};

/**
 * Characters that the standard's decoder makes of bytes for which PostgreSQL has other ones: the copy, which the server
 * converts, has PostgreSQL's. Each stands for those bytes only.
 */
const OTHER_CHARACTERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  EUC_CN: { "\u00b7": "\u30fb", "\u2014": "\u2015" },
  EUC_JP: { "\u00a6": "\uffe4" },
  KOI8U: { "\u045e": "\u255d", "\u040e": "\u256c" },
};

/** Encodings whose bytes are not converted by the server: one character stands for one byte. */
export function isBytes(serverEncoding: string): boolean {
  return serverEncoding === "SQL_ASCII" || serverEncoding === "MULE_INTERNAL";
}

/** True when textReader() can read it. */
export function isReadable(serverEncoding: string): boolean {
  return (
    ["UTF8", "LATIN1"].includes(serverEncoding) || isBytes(serverEncoding) || serverEncoding in WEB_NAMES
  );
}

/** Makes text of the bytes from `begin` to before `end`. */
export type TextReader = (bytes: Buffer, begin: number, end: number) => string;

/**
 * Reads what test_decoding sends, which is in the database's own encoding. Throws CodedError ENCODING_UNREADABLE for the
 * few encodings that Node cannot read.
 */
export function textReader(serverEncoding: string): TextReader {
  if (serverEncoding === "UTF8") return (bytes, begin, end) => bytes.toString("utf8", begin, end);
  if (serverEncoding === "LATIN1" || isBytes(serverEncoding))
    return (bytes, begin, end) => bytes.toString("latin1", begin, end);
  const name = WEB_NAMES[serverEncoding];
  if (name === undefined) {
    const text = `Changes of a database in ${serverEncoding} cannot be read from test_decoding.`;
    throw new CodedError("ENCODING_UNREADABLE", text, { subject: serverEncoding });
  }
  const decoder = new TextDecoder(name, { fatal: true });
  const read: TextReader = (bytes, begin, end) => decoder.decode(bytes.subarray(begin, end));
  const others = OTHER_CHARACTERS[serverEncoding];
  if (!others) return read;
  const pattern = new RegExp(`[${Object.keys(others).join("")}]`, "g");
  return (bytes, begin, end) => read(bytes, begin, end).replace(pattern, (one) => others[one] ?? one);
}

/** As the stream tells it once it is open; the applier, which knows where it begins, has to be opened before. */
export async function readValueEncoding(source: pg.Client): Promise<"utf8" | "latin1"> {
  const { rows } = await source.query<{ encoding: string }>(
    "select pg_catalog.current_setting('server_encoding') as encoding",
  );
  return isBytes(rows[0]?.encoding ?? "") ? "latin1" : "utf8";
}
