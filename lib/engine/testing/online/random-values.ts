import type { Chance } from "../random/chance";

/** Values of `s.value`'s columns as text, the odd ones of each type among them; null comes besides. */
const VALUES: Record<string, { type: string; texts: readonly string[] }> = {
  mood: { type: "s.mood", texts: ["sad", "so so", `it's "great"`] },
  count: { type: "s.positive", texts: ["1", "2147483647"] },
  amount: { type: "numeric", texts: ["NaN", "0.10", "-1e-30", "123456789012345678901234567890.5", "1.500"] },
  price: { type: "numeric(8, 3)", texts: ["1.5", "-99999.999", "0"] },
  near: { type: "float8", texts: ["NaN", "Infinity", "-Infinity", "-0", "0.1", "1e308", "4.9e-324"] },
  tiny: { type: "float4", texts: ["NaN", "0.1", "3.4028235e38", "1.1754944e-38"] },
  at: {
    type: "timestamptz",
    texts: [
      "infinity",
      "-infinity",
      "4713-01-01 00:00:00+00 BC",
      "2024-02-29 12:34:56.789012+05:30",
      "294276-12-31 00:00:00+00",
    ],
  },
  day: { type: "date", texts: ["infinity", "2024-02-29", "0044-03-15 BC"] },
  took: { type: "interval", texts: ["1 year -2 days 03:04:05.678", "-1 mon", "0", "178000000 years"] },
  tags: {
    type: "text[]",
    texts: ["{}", '{NULL,"NULL","",a}', `{"a,b","{x}","q\\"q","back\\\\slash","it's"}`, "[2:3]={a,b}"],
  },
  grid: { type: "int[][]", texts: ["{{1,2},{3,NULL}}", "{}"] },
  during: { type: "int4range", texts: ["empty", "[1,5)", "(,)", "[3,]"] },
  open: { type: "tstzrange", texts: ["empty", "[2024-01-01 00:00+00,infinity)", "(,2024-01-01 00:00+02]"] },
  place: { type: "s.spot", texts: ["(1,a)", '(,"a,b ""c""")', '(,"")', "(,)"] },
  places: { type: "s.spot[]", texts: ['{"(1,a)",NULL,"(,\\"x y\\")"}', "{}"] },
  doc: { type: "jsonb", texts: ['{"a": [1, null, "x\\u0041"], "n": 1.00}', "null", '""'] },
  raw: { type: "json", texts: ['{ "b":1,  "a":2, "a":3 }', "[]"] },
  bits: { type: "varbit", texts: ["", "101", "0".repeat(70)] },
  bytes: { type: "bytea", texts: ["\\x", "\\x00ff27225c", "\\xdeadbeef"] },
  net: { type: "inet", texts: ["10.0.0.1/8", "::1", "192.168.0.1"] },
  flag: { type: "boolean", texts: ["t", "f"] },
  letter: { type: '"char"', texts: ["x", "'", "\\"] },
  padded: { type: "char(5)", texts: ["a", "", "abcde", "é"] },
};

/** A column of `s.value`, its type and a new value for it. */
export function randomValue(chance: Chance): { column: string; type: string; text: string | null } {
  const column = chance.pick(Object.keys(VALUES));
  const { type, texts } = VALUES[column] ?? { type: "text", texts: [""] };
  return { column, type, text: chance.percent(15) ? null : chance.pick(texts) };
}
