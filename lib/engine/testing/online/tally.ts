import type { OnlineTable } from "./online-tables";

/**
 * How a source keeps account of itself. Triggers add up, for every table, the rows and the hashes of their text that a
 * transaction adds and takes away; its last act is to book these sums under the next number of the ledger. A lock held from
 * there until the commit makes the numbers gapless and their order that of the commits. So of any state of a copy it can be said
 * whether it is one of the source's, and which: the sums of its tables must be those of all transactions up to a number.
 */
export const LEDGER = "s.ledger";

/** Text of rows must be the same in every session, on both sides: what of it a session could change. */
export const TEXT_SETTINGS = [
  "set timezone = 'UTC'",
  "set datestyle = 'ISO, YMD'",
  "set intervalstyle = 'postgres'",
  "set extra_float_digits = 1",
  "set bytea_output = 'hex'",
].join("; ");

/** Sum over rows `alias`, of type numeric: the same in whichever order they come. */
export function rowHash(alias: string): string {
  return `coalesce(sum(hashtextextended(${alias}::text, 0)), 0)`;
}

const BOOK_LOCK = 4711;

const FUNCTIONS = [
  `create table ${LEDGER} (n bigint primary key, writer int not null, seq int not null, kinds text not null, sums jsonb not null)`,
  // Local settings are undone by a rollback to a savepoint, as the rows are.
  `create function s.add_to_tally(name text, rows bigint, hash numeric) returns void language plpgsql as $$
   declare was text := coalesce(nullif(current_setting('tally.' || name, true), ''), '0 0');
   begin
     perform set_config('tally.' || name,
       concat(split_part(was, ' ', 1)::bigint + rows, ' ', split_part(was, ' ', 2)::numeric + hash), true);
   end $$`,
  `create function s.tally() returns trigger language plpgsql as $$
   declare
     rows bigint := 0;
     hash numeric := 0;
     more record;
   begin
     if tg_op = 'TRUNCATE' then
       -- Through the parent: a leaf may have its columns in another order.
       execute format('select -count(*) as rows, -${rowHash("t")} as hash from %s t where t.tableoid = %s', tg_argv[1], tg_relid) into more;
       rows := more.rows;
       hash := more.hash;
     end if;
     if tg_op in ('INSERT', 'UPDATE') then
       select count(*) as rows, ${rowHash("t")} as hash into more from new_rows t;
       rows := rows + more.rows;
       hash := hash + more.hash;
     end if;
     if tg_op in ('UPDATE', 'DELETE') then
       select count(*) as rows, ${rowHash("t")} as hash into more from old_rows t;
       rows := rows - more.rows;
       hash := hash - more.hash;
     end if;
     perform s.add_to_tally(tg_argv[0], rows, hash);
     return null;
   end $$`,
];

/** Statements that make the ledger and every table's triggers; to be run when the tables are there and before they have rows. */
export function createTally(tables: readonly OnlineTable[]): string[] {
  const names = tables.map(({ name }) => `'${name}'`).join(", ");
  const book = `create function s.book(writer int, seq int, kinds text) returns bigint language plpgsql as $$
   declare number bigint;
   begin
     perform pg_advisory_xact_lock(${BOOK_LOCK});
     insert into ${LEDGER}
       select coalesce((select max(n) from ${LEDGER}), 0) + 1, writer, seq, kinds, coalesce(jsonb_object_agg(t.name, t.sums), '{}')
         from (select name, nullif(current_setting('tally.' || name, true), '') as sums from unnest(array[${names}]) name) t
        where t.sums is not null
       returning n into number;
     return number;
   end $$`;
  return [...FUNCTIONS, book, ...tables.flatMap(triggersOf)];
}

function triggersOf({ name, relation, leaves }: OnlineTable): string[] {
  const call = `for each statement execute function s.tally('${name}', '${relation.replaceAll("'", "''")}')`;
  return [
    `create trigger tally_insert after insert on ${relation} referencing new table as new_rows ${call}`,
    `create trigger tally_update after update on ${relation} referencing old table as old_rows new table as new_rows ${call}`,
    `create trigger tally_delete after delete on ${relation} referencing old table as old_rows ${call}`,
    ...(leaves ?? [relation]).map(
      (leaf) => `create trigger tally_truncate before truncate on ${leaf} ${call}`,
    ),
  ];
}
