import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { textReader, WEB_NAMES } from "./encodings";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(17);
  await runSql(
    settingsOf(server),
    `create function converted(b bytea, e name) returns text language plpgsql as $$
       begin return convert_from(b, e); exception when others then return null; end $$`,
  );
});

afterAll(() => server?.[Symbol.asyncDispose]());

/** Everything that may stand for one character: one byte, of the EUC encodings also two or three. */
function codesOf(encoding: string): Buffer[] {
  const codes = Array.from({ length: 128 }, (_, at) => Buffer.from([0x80 + at]));
  if (!encoding.startsWith("EUC")) return codes;
  const high = Array.from({ length: 94 }, (_, at) => 0xa1 + at);
  const pairs = high.flatMap((first) => high.map((second) => [first, second]));
  codes.push(...pairs.map((pair) => Buffer.from(pair)), ...high.map((one) => Buffer.from([0x8e, one])));
  if (encoding === "EUC_JP") codes.push(...pairs.map((pair) => Buffer.from([0x8f, ...pair])));
  return codes;
}

/** null: it says that it cannot. */
function readOrNull(read: ReturnType<typeof textReader>, code: Buffer): string | null {
  try {
    return read(code, 0, code.length);
  } catch {
    return null;
  }
}

test.each([...Object.keys(WEB_NAMES), "LATIN1"])(
  "no character of %s is read as another one than the server takes it for",
  async (encoding) => {
    const codes = codesOf(encoding);
    const rows = await queryRows<{ text: string | null }>(
      settingsOf(server),
      "select converted(b, $2) as text from unnest($1::bytea[]) with ordinality u(b, n) order by n",
      [codes, encoding],
    );
    const read = textReader(encoding);
    const known = codes.flatMap((code, at) => {
      const text = rows[at]?.text ?? null;
      return text === null ? [] : [{ code, text, ours: readOrNull(read, code) }];
    });
    expect(known.length).toBeGreaterThan(80);
    const wrong = known.filter(({ text, ours }) => ours !== null && ours !== text);
    expect(wrong.map(({ code, text, ours }) => [code.toString("hex"), text, ours])).toEqual([]);
    // The few that cannot be read are said to be so.
    expect(known.filter(({ ours }) => ours === null).length).toBeLessThan(known.length / 50);
  },
);
