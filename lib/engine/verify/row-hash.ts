import { ident } from "@/lib/postgres/sql";

/** What is known of a column on one side. */
export interface VerifiedColumn {
  name: string;
  /** As format_type prints it. */
  type: string;
  /** Name of the built-in type below all domains; null for types of users and extensions. */
  builtIn: string | null;
  /** "" | "s" (stored) | "v" (virtual) */
  generated: string;
  /** "" | "a" (always) | "d" (by default) */
  identity: string;
}

/**
 * How rows become numbers. chained: hash functions of the server (since 11) whose results were seen to be the same on both; md5: any
 * server, also those of another byte order.
 */
export type HashMethod = "chained" | "md5";

/** Two independent 64-bit hashes of a row, as SQL over the columns of `inner`, which is a select list over table alias t. */
export interface RowHash {
  inner: string;
  first: string;
  second: string;
}

/** Deeper nesting would come near max_stack_depth on tables with the most columns a server allows. */
const CHAIN_LIMIT = 100;
const GROUP = 200;

/** Column types of which a function takes the whole value as it is, and how; everything else goes by its text. */
const DIRECT: Readonly<Record<string, { zero: string; hash: (value: string, seed: string) => string }>> = {
  int2: { zero: "0", hash: hashInt4 },
  int4: { zero: "0", hash: hashInt4 },
  // Folds the value into 32 bits; with its upper half besides, nothing of it is lost.
  int8: {
    zero: "0",
    hash: (value, seed) =>
      `pg_catalog.hashint4extended((${value} >> 32)::int4, pg_catalog.hashint8extended(${value}, ${seed}))`,
  },
  bool: { zero: "false", hash: (value, seed) => hashInt4(`${value}::int4`, seed) },
  // Its text is not the same before and since 16 beyond ASCII.
  char: { zero: `0::pg_catalog."char"`, hash: (value, seed) => hashInt4(`${value}::int4`, seed) },
  uuid: {
    zero: "'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid",
    hash: (value, seed) => `pg_catalog.uuid_hash_extended(${value}, ${seed})`,
  },
};

function hashInt4(value: string, seed: string): string {
  return `pg_catalog.hashint4extended(${value}${value.includes("::") ? "" : "::int4"}, ${seed})`;
}

export interface HashContext {
  method: HashMethod;
  /** Both databases keep text in the same encoding. */
  sameEncoding: boolean;
  /** A side older than 12 prints floats with other digits. */
  oldFloats: boolean;
}

/**
 * The hash of a row over `columns`, in the given order, the same text for both sides; `prefix` begins the names in its select list. Two seeds give 128 bits; that hashing twice
 * costs little was measured: forming the text is what takes time, and that is done once.
 */
export function rowHash(columns: readonly VerifiedColumn[], context: HashContext, prefix = "c"): RowHash {
  if (context.method === "md5") return md5Hash(columns, context, prefix);
  const links: { value: string; hash: (value: string, seed: string) => string; zero: string }[] = [];
  for (const column of columns.slice(0, CHAIN_LIMIT)) {
    const direct = column.builtIn === null ? undefined : DIRECT[column.builtIn];
    if (direct) links.push({ value: baseValue(column), ...direct });
    else links.push({ value: bytesText(column, context), zero: "''", hash: hashText });
  }
  for (let at = CHAIN_LIMIT; at < columns.length; at += GROUP) {
    const group = columns.slice(at, at + GROUP).map((column) => bytesText(column, context));
    links.push({ value: `row(${group.join(", ")})::text collate "C"`, zero: "''", hash: hashText });
  }
  const inner = links.map(({ value }, index) => `${value} as ${prefix}${index}`).join(", ");
  return { inner, first: chain(links, prefix, "0"), second: chain(links, prefix, "1") };
}

function hashText(value: string, seed: string): string {
  return `pg_catalog.hashtextextended(${value}, ${seed})`;
}

/** A null changes the seed of its column's hash, so it differs from every value, the empty text included. */
function chain(
  links: readonly { hash: (value: string, seed: string) => string; zero: string }[],
  prefix: string,
  seed: string,
): string {
  return links.reduce(
    (before, { hash, zero }, index) =>
      hash(
        `coalesce(${prefix}${index}, ${zero})`,
        `${before} # (case when ${prefix}${index} is null then 1 else 0 end)::bigint`,
      ),
    `${seed}::bigint`,
  );
}

function md5Hash(columns: readonly VerifiedColumn[], context: HashContext, prefix: string): RowHash {
  const texts = columns.map((column) => bytesText(column, context));
  const half = (from: number) => `('x' || pg_catalog.substr(${prefix}0, ${from}, 16))::bit(64)::bigint`;
  const text = texts.length === 0 ? "''" : `row(${texts.join(", ")})::text`;
  return { inner: `pg_catalog.md5(${text}) as ${prefix}0`, first: half(1), second: half(17) };
}

/** Below this a bytea's hexadecimal form is cheaper than its digest. */
const SHORT_BYTES = 64;

/** Text for hashing: the value's own, but for bytea its digest, as the text would be twice the size and at most 1 GB. */
function bytesText(column: VerifiedColumn, { sameEncoding, oldFloats }: HashContext): string {
  const value = baseValue(column);
  if (column.builtIn === "bytea") {
    return `case when pg_catalog.octet_length(${value}) <= ${SHORT_BYTES} then pg_catalog.encode(${value}, 'hex') else pg_catalog.md5(${value}) end collate "C"`;
  }
  if (oldFloats && column.builtIn === "float8")
    return `pg_catalog.encode(pg_catalog.float8send(${value}), 'hex') collate "C"`;
  if (oldFloats && column.builtIn === "float4")
    return `pg_catalog.encode(pg_catalog.float4send(${value}), 'hex') collate "C"`;
  if (column.builtIn === "char") return `${value}::int4::text collate "C"`;
  if (sameEncoding) return `${columnText(column)} collate "C"`;
  return `pg_catalog.encode(pg_catalog.convert_to(${columnText(column)}, 'UTF8'), 'hex') collate "C"`;
}

/** The column without its domains. */
function baseValue({ name, builtIn }: VerifiedColumn): string {
  return builtIn === null ? `t.${ident(name)}` : `t.${ident(name)}::pg_catalog.${ident(builtIn)}`;
}

/**
 * The column's text as its type writes it, null for null; what an INSERT takes back. A cast to text would cut the padding of
 * char(n), and for a user's type may be a function of their own.
 */
export function columnText(column: VerifiedColumn): string {
  const value = `t.${ident(column.name)}`;
  if (column.builtIn === "bpchar") return `pg_catalog.textin(pg_catalog.bpcharout(${value}))`;
  // A cast would show the encoding the document was declared in before it was converted to that of the database.
  if (column.builtIn === "xml") return `pg_catalog.textin(pg_catalog.xml_out(${value}))`;
  if (column.builtIn !== null) return `${value}::pg_catalog.text`;
  return `case when pg_catalog.num_nulls(${value}) = 0 then pg_catalog.concat(${value}) end`;
}
