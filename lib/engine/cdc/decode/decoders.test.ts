import { describe, expect, test } from "vitest";
import { UNCHANGED } from "./change";
import { PgOutput, pgOutputOptions, subtransactionOf } from "./pgoutput";
import type { DescribedRelation } from "./relation-source";
import { TestDecoding } from "./test-decoding";

function described(
  printed: string[],
  replicaIdentity: "default" | "full",
  schema = "public",
  name = "t",
): DescribedRelation {
  const columns = printed.map((_, at) => {
    const column = { name: ["id", "v", "n"][at] ?? "", typeOid: 25, typeName: "text" };
    return { ...column, isKey: at === 0 || replicaIdentity === "full", isGenerated: false };
  });
  return { relation: { schema, name, columns, replicaIdentity }, printedTypes: printed };
}

describe("test_decoding", () => {
  const decode = (line: string, known?: DescribedRelation) => {
    const decoder = new TestDecoding();
    if (known) decoder.learn(known);
    // With a header as it comes, and within other bytes.
    const bytes = Buffer.concat([Buffer.from("x"), Buffer.alloc(24), Buffer.from(line), Buffer.from("xyz")]);
    bytes.writeBigUInt64BE(7n, 1);
    return decoder.decode({ kind: "data", bytes, begin: 25, end: bytes.length - 3 });
  };
  const known = described(["integer", "text"], "default");

  test("begin and commit, whatever the session's time zone", () => {
    expect(decode("BEGIN")).toEqual({ kind: "begin" });
    expect(() => decode("BEGIN 790")).toThrow(SyntaxError);
    expect(decode("COMMIT (at 2026-01-02 03:04:05.678+05:30)")).toEqual({
      kind: "commit",
      endLsn: 7n,
      committedAt: Date.UTC(2026, 0, 1, 21, 34, 5, 678) * 1000,
    });
    expect(decode("COMMIT (at 2026-01-02 03:04:05.000001-08)")).toMatchObject({
      committedAt: Date.UTC(2026, 0, 2, 11, 4, 5) * 1000 + 1,
    });
  });

  test("commits within a second are read as the first of it", () => {
    const decoder = new TestDecoding();
    const committedAt = (time: string) => {
      const bytes = Buffer.concat([Buffer.alloc(25), Buffer.from(`COMMIT (at ${time})`)]);
      const commit = decoder.decode({ kind: "data", bytes, begin: 25, end: bytes.length });
      return commit.kind === "commit" ? commit.committedAt - Date.UTC(2026, 0, 2, 3, 4) * 1000 : Number.NaN;
    };
    expect(committedAt("2026-01-02 03:04:05.678+00")).toBe(5_678_000);
    expect(committedAt("2026-01-02 03:04:05.678901+00")).toBe(5_678_901);
    expect(committedAt("2026-01-02 03:04:05.000001+00")).toBe(5_000_001);
    expect(committedAt("2026-01-02 03:04:05+00")).toBe(5_000_000);
    expect(committedAt("2026-01-02 03:04:06.1+00")).toBe(6_100_000);
    expect(committedAt("2026-01-02 04:04:06.1+01")).toBe(6_100_000);
    expect(committedAt("2026-01-02 04:04:06.2+01")).toBe(6_200_000);
    expect(() => committedAt("2026-01-02 04:04:06.x+01")).toThrow(SyntaxError);
  });

  test("the mark of an unchanged value counts only unquoted", () => {
    const values = (value: string) => {
      const change = decode(`table public.t: UPDATE: id[integer]:1 v[text]:${value}`, known);
      return change.kind === "update" ? change.values[1] : change.kind;
    };
    expect(values("unchanged-toast-datum")).toBe(UNCHANGED);
    expect(values("'unchanged-toast-datum'")).toBe("unchanged-toast-datum");
    expect(values("null")).toBeNull();
    expect(values("'null'")).toBe("null");
    expect(values("'a''b\\n\n c'")).toBe("a'b\\n\n c");
    expect(values("''")).toBe("");
    expect(values("''''")).toBe("'");
  });

  test("old keys and old rows", () => {
    const keyed = decode(
      "table public.t: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 v[text]:'x'",
      known,
    );
    expect(keyed).toMatchObject({ old: { kind: "key", values: ["1", undefined] }, values: ["2", "x"] });
    const full = described(["integer", "text"], "full");
    expect(decode("table public.t: DELETE: id[integer]:1", full)).toMatchObject({
      old: { kind: "full", values: ["1", null] },
    });
    expect(decode("table public.t: DELETE: (no-tuple-data)", known)).toMatchObject({
      kind: "delete",
      old: null,
    });
  });

  test("a change that does not fit what is known asks for more", () => {
    expect(decode('table "S.x"."a""b: c": INSERT: "x[y"["T]"."u:"[]]:\'{}\'')).toMatchObject({
      kind: "unknown",
      schema: "S.x",
      name: 'a"b: c',
      columns: [{ name: "x[y", typeName: '"T]"."u:"[]' }],
    });
    expect(decode("table public.t: INSERT: id[bigint]:1 v[text]:null", known)).toMatchObject({
      kind: "unknown",
    });
    expect(decode("table public.t: INSERT: id[integer]:1", known)).toMatchObject({ kind: "unknown" });
    expect(
      decode("table public.t: UPDATE: id[integer]:1 v[text]:'x'", described(["integer", "text"], "full")),
    ).toMatchObject({
      kind: "unknown",
    });
  });

  test("truncates and messages", () => {
    expect(decode("table public.t: TRUNCATE: restart_seqs cascade", known)).toMatchObject({
      kind: "truncate",
      cascade: true,
      restartIdentity: true,
    });
    expect(decode("table public.t: TRUNCATE: (no-flags)", known)).toMatchObject({ cascade: false });
    expect(decode("message: transactional: 0 prefix: a, sz: 1 content:, sz: 2 content:ž")).toMatchObject({
      isTransactional: false,
      prefix: "a, sz: 1 content:",
      content: Buffer.from("ž"),
    });
  });

  test.each([
    "",
    "nonsense",
    "table public.t: INSERT: id[integer]:'1",
    "table public.t: MERGE: id[integer]:1",
    "COMMIT x",
  ])("%j is an error, never skipped", (line) => {
    expect(() => decode(line, known)).toThrow(SyntaxError);
  });
});

describe("pgoutput", () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
  const RELATION =
    "52 00004001 7075626c696300 7400 64 0002 01 696400 00000017 ffffffff 00 7600 00000019 ffffffff";

  function decoder(): PgOutput {
    const made = new PgOutput();
    expect(made.decode(hex(RELATION), false)).toMatchObject({
      kind: "unknown",
      schema: "public",
      name: "t",
      oid: 0x4001,
      replicaIdentity: "default",
      columns: [
        { name: "id", typeOid: 23, isKey: true },
        { name: "v", typeOid: 25, isKey: false },
      ],
    });
    made.learn(described(["integer", "text"], "default"), 0x4001);
    return made;
  }

  test("rows, keys, unchanged values", () => {
    const made = decoder();
    const insert = "00004001 4e 0002 74 00000001 31 6e";
    expect(made.decode(hex(`49 ${insert}`), false)).toMatchObject({ kind: "insert", values: ["1", null] });
    expect(made.decode(hex(`49 00000309 ${insert}`), true)).toMatchObject({
      kind: "insert",
      values: ["1", null],
    });
    expect(
      made.decode(hex("55 00004001 4b 0002 74 00000001 31 6e 4e 0002 74 00000001 32 75"), false),
    ).toMatchObject({ old: { kind: "key", values: ["1", undefined] }, values: ["2", UNCHANGED] });
    expect(made.decode(hex("54 00000001 03 00004001"), false)).toMatchObject({
      kind: "truncate",
      cascade: true,
      restartIdentity: true,
    });
  });

  test("transactions, whole and streamed", () => {
    const made = new PgOutput();
    const ends = "00 0000000000000010 0000000000000020 0000000000000001";
    expect(made.decode(hex("42 0000000000000010 0000000000000001 0000030a"), false)).toEqual({
      kind: "begin",
    });
    expect(made.decode(hex(`43 ${ends}`), false)).toMatchObject({
      endLsn: 32n,
      committedAt: 946_684_800_000_001,
    });
    expect(made.decode(hex(`63 0000030a ${ends}`), false)).toMatchObject({
      kind: "streamCommit",
      xid: 778,
      endLsn: 32n,
    });
    expect(made.decode(hex("53 0000030a 01"), false)).toEqual({ kind: "streamStart", xid: 778 });
    expect(made.decode(hex("41 0000030a 0000030b"), false)).toEqual({
      kind: "streamAbort",
      xid: 778,
      subxid: 779,
    });
    // A relation outlives the part of the transaction that it was described in.
    expect(subtransactionOf(hex("49 0000030b"))).toBe(779);
    expect(subtransactionOf(hex("52 0000030b"))).toBeNull();
  });

  test("what is cut off, of another length or not understood is an error, never skipped", () => {
    const made = decoder();
    expect(() => made.decode(hex("49 00004001 4e 0001 6e"), false)).toThrow(SyntaxError);
    expect(() => made.decode(hex("49 00004001 4e 0002 74 000000ff 31"), false)).toThrow(SyntaxError);
    expect(() => made.decode(hex("49 00004002 4e 0001 6e"), false)).toThrow("not described");
    expect(() => made.decode(hex("7a"), false)).toThrow(SyntaxError);
    expect(() => made.decode(hex("42 00"), false)).toThrow(SyntaxError);
    const two = hex("49 00004001 4e 0002 74 00000001 31 6e 00000000");
    expect(() => made.decode(two, false, 0, two.length - 5)).toThrow(SyntaxError);
  });

  test("a server is asked for the newest protocol it knows", () => {
    expect(pgOutputOptions(120_000, ['a"b'])).toEqual({ proto_version: "1", publication_names: '"a""b"' });
    const versions = [140_000, 150_000, 160_000, 180_000];
    expect(versions.map((version) => pgOutputOptions(version, ["p"])["proto_version"])).toEqual([
      "2",
      "3",
      "4",
      "4",
    ]);
  });
});
