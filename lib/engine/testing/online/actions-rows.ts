import type { Action, Scene, WeighedActions } from "./action";
import { LONG_TEXT } from "./online-tables";
import { randomValue } from "./random-values";

/** Actions on large values, on rows without a key of their own, on partitions, and on many rows at once. */

const longText = (parameter: string) => LONG_TEXT.replaceAll("$SEED", parameter);

/** Large values that most updates leave alone, also when their key or another large value changes. */
const editDocument: Action = async ({ client, chance }) => {
  const id = chance.between(1, 20);
  const seed = String(chance.between(1, 9_999));
  for (let edit = chance.between(1, 3); edit > 0; edit--) {
    const kind = chance.pick(["version", "title", "body", "key", "back", "again", "none"] as const);
    if (kind === "version")
      await client.query("update s.document set version = version + 1 where id = $1", [id]);
    if (kind === "title")
      await client.query("update s.document set title = $2 where id = $1", [
        id,
        chance.maybe(60, "unchanged-toast-datum"),
      ]);
    if (kind === "body")
      await client.query(`update s.document set body = ${longText("$2::text")} where id = $1`, [id, seed]);
    if (kind === "key") await client.query("update s.document set id = id + 100 where id = $1", [id]);
    if (kind === "back") await client.query("update s.document set id = id - 100 where id = 100 + $1", [id]);
    if (kind === "none") await client.query("update s.document set body = null where id = $1", [id]);
    if (kind === "again") {
      await client.query("delete from s.document where id = $1", [id]);
      await client.query(`insert into s.document values ($1, 0, ${longText("$2::text")}, '')`, [id, seed]);
    }
  }
};

const editFullDocument: Action = async ({ client, chance }) => {
  const id = chance.between(0, 9);
  const seed = String(chance.between(1, 9_999));
  const kind = chance.pick(["title", "title", "body", "insert", "delete"] as const);
  if (kind === "title") await client.query("update s.full_document set title = $2 where id = $1", [id, seed]);
  if (kind === "body")
    await client.query(`update s.full_document set body = ${longText("$2::text")} where id = $1`, [id, seed]);
  if (kind === "insert")
    await client.query(
      `insert into s.full_document select $1::int, ${longText("$2::text")}, null, jsonb_build_object('n', $2::text)
        where (select count(*) from s.full_document) < 40`,
      [id, seed],
    );
  if (kind === "delete") await client.query("delete from s.full_document where id = $1", [id]);
};

/** Equal rows, of which one is meant and not the others. */
const changeLoose: Action = async ({ client, chance }) => {
  const [a, b] = [chance.percent(30) ? null : chance.between(1, 3), chance.maybe(50, "b1") || null];
  const one =
    "ctid = (select ctid from s.loose where a is not distinct from $1 and b is not distinct from $2 limit 1)";
  const kind = chance.pick(["insert", "insert", "one", "some", "delete", "delete-some"] as const);
  if (kind === "insert")
    await client.query(
      "insert into s.loose select $1::int, $2::text, 'NaN' from generate_series(1, $3::int)",
      [a, b, chance.between(1, 3)],
    );
  if (kind === "one") await client.query(`update s.loose set c = coalesce(c, 0) + 1 where ${one}`, [a, b]);
  if (kind === "some") await client.query("update s.loose set b = null where a is not distinct from $1", [a]);
  if (kind === "delete") await client.query(`delete from s.loose where ${one}`, [a, b]);
  if (kind === "delete-some")
    await client.query("delete from s.loose where c > 2 or (a is null and c is null)");
};

const addBare: Action = ({ client, chance }) =>
  client.query("insert into s.bare select $1::int, null from generate_series(1, $2::int)", [
    chance.between(1, 5),
    chance.between(1, 3),
  ]);

const changeUnfollowed: Action = async ({ client, chance }) => {
  const id = chance.between(1, 12);
  const name = chance.pick(["quiet", "scratch"] as const);
  await client.query(
    `insert into s.${name} values ($1, 0) on conflict (id) do update set v = s.${name}.v + 1`,
    [id],
  );
  if (chance.percent(30)) await client.query(`delete from s.${name} where id = $1`, [chance.between(1, 12)]);
};

const changeGenerated: Action = async ({ client, chance }) => {
  await client.query("insert into s.generated (a) values ($1::int), (null)", [chance.between(1, 99)]);
  await client.query("update s.generated set a = a + 1 where id % 5 = $1", [chance.between(0, 4)]);
  if (chance.percent(50))
    await client.query("delete from s.generated where id % 9 = $1", [chance.between(0, 8)]);
};

const WEIRD = 's."We""ird.n:a me"';

const changeWeird: Action = async ({ client, chance }) => {
  const id = chance.between(1, 12);
  const text = chance.pick([
    "unchanged-toast-datum",
    'it\'s \\ "q"\nline\ttab',
    "",
    "null",
    " t[text]:'x' new-tuple:",
  ]);
  await client.query(
    `insert into ${WEIRD} values ($1, $2, $3, $4) on conflict ("Col umn") do update set "a[b]:'c" = excluded."a[b]:'c"`,
    [id, text, `it's "great"`, ["a", null, 'b "c"', text]],
  );
  if (chance.percent(30))
    await client.query(`update ${WEIRD} set "Col umn" = -"Col umn" where "Col umn" < 0`);
  if (chance.percent(30))
    await client.query(`delete from ${WEIRD} where "Col umn" = $1`, [chance.between(1, 12)]);
};

/** Rows that an update moves from one partition to another. */
const movePartition: Action = async ({ client, chance }) => {
  const id = chance.between(1, 40);
  const region = chance.pick(["north", "south", "east", "west"] as const);
  const kind = chance.pick(["insert", "move", "move", "change", "delete", "renumber"] as const);
  if (kind === "insert")
    await client.query(
      "insert into s.event values ($1, $2, 'n') on conflict (id, region) do update set v = 'u'",
      [id, region],
    );
  if (kind === "move") await client.query("update s.event set region = $2 where id = $1", [id, region]);
  if (kind === "change") await client.query("update s.event set v = $2 where id % 5 = $1 % 5", [id, region]);
  if (kind === "delete") await client.query("delete from s.event where id = $1", [id]);
  if (kind === "renumber") await client.query("update s.event set id = 41 - id where id = $1", [id]);
};

const emptyPartition: Action = async ({ client, chance }) => {
  await client.query("insert into s.event values ($1, 'north', 'before') on conflict do nothing", [
    chance.between(1, 40),
  ]);
  await client.query(
    `truncate ${chance.pick(["s.event_north", "s.event_south", "s.event_rest_low"] as const)}`,
  );
  await client.query("insert into s.event values ($1, 'north', 'after') on conflict do nothing", [
    chance.between(1, 40),
  ]);
};

const CURRENT_EPOCH = "(select number from s.epoch where id = 1)";

const addBatch: Action = async ({ client }) => {
  await client.query("select from s.epoch where id = 1 for share");
  const { rows } = await client.query(`insert into s.batch (epoch) values (${CURRENT_EPOCH}) returning id`);
  await client.query("insert into s.batch_line (batch_id) values ($1::int), (null)", [rows[0].id]);
};

/** Whoever empties the table says so in another one, in the same transaction. */
const emptyBatch: Action = async ({ client, chance }) => {
  await client.query("update s.epoch set number = number + 1 where id = 1");
  await client.query(
    chance.pick([
      "truncate s.batch cascade",
      "truncate s.batch, s.batch_line",
      "truncate s.batch restart identity cascade",
    ] as const),
  );
  if (chance.percent(70)) await client.query(`insert into s.batch (epoch) values (${CURRENT_EPOCH})`);
};

const changeValue: Action = async ({ client, chance }) => {
  const id = `00000000-0000-0000-0000-0000000000${chance.between(10, 40)}`;
  const value = randomValue(chance);
  await client.query("insert into s.value (id) values ($1) on conflict (id) do nothing", [id]);
  await client.query(`update s.value set ${value.column} = $2::${value.type} where id = $1`, [
    id,
    value.text,
  ]);
  if (chance.percent(10)) await client.query("delete from s.value where id = $1", [id]);
};

const changeMini: Action = async ({ client, chance }) => {
  for (let change = chance.between(1, 8); change > 0; change--) {
    const name = `s.mini_${chance.between(0, 5)}`;
    const id = chance.between(1, 60);
    const insert = `insert into ${name} values ($1, 1, $2) on conflict (id) do update set v = ${name}.v + 1`;
    if (chance.percent(60)) await client.query(insert, [id, `w${id}`]);
    else if (chance.percent(50)) await client.query(`delete from ${name} where id = $1`, [id]);
    else await client.query(`update ${name} set w = null, v = -v where id = $1`, [id]);
  }
};

/** A table that gets another column in some rounds. */
const changeAltered: Action = async ({ client, chance }) => {
  const id = chance.between(1, 15);
  const insert =
    "insert into s.altered (id, v) values ($1, 0) on conflict (id) do update set v = s.altered.v + 1";
  await client.query(insert, [id]);
  if (chance.percent(20)) await client.query("delete from s.altered where id = $1", [chance.between(1, 15)]);
};

/** Each look reads the whole table. */
const BULKS = 3;

const addBulk: Action = async ({ client, chance, bulkRows }) => {
  const from = chance.between(0, BULKS - 1) * bulkRows;
  await client.query(
    `insert into s.bulk select i, 0, repeat('x', 20) from generate_series($1::bigint, $2::bigint) i on conflict do nothing`,
    [from, from + chance.between(1, bulkRows)],
  );
};

const changeBulk: Action = ({ client, chance, bulkRows }) =>
  client.query("update s.bulk set v = v + 1 where id between $1 and $2", range({ chance, bulkRows }));

const removeBulk: Action = ({ client, chance, bulkRows }) =>
  client.query("delete from s.bulk where id between $1 and $2", range({ chance, bulkRows }));

function range({ chance, bulkRows }: Pick<Scene, "chance" | "bulkRows">): [number, number] {
  const from = chance.between(0, BULKS * bulkRows);
  return [from, from + chance.between(1, bulkRows)];
}

const sayOnly: Action = ({ client, chance }) =>
  client.query("select pg_logical_emit_message($1, 'chaos', 'a word')", [chance.percent(50)]);

export const ROW_ACTIONS: WeighedActions = {
  "edit-document": { weight: 8, act: editDocument },
  "edit-full-document": { weight: 4, act: editFullDocument },
  "change-loose": { weight: 6, act: changeLoose },
  "add-bare": { weight: 2, act: addBare },
  "change-unfollowed": { weight: 2, act: changeUnfollowed },
  "change-generated": { weight: 2, act: changeGenerated },
  "change-weird": { weight: 3, act: changeWeird },
  "move-partition": { weight: 8, act: movePartition },
  "empty-partition": { weight: 1, act: emptyPartition },
  "add-batch": { weight: 4, act: addBatch },
  "empty-batch": { weight: 1, act: emptyBatch },
  "change-value": { weight: 6, act: changeValue },
  "change-mini": { weight: 12, act: changeMini },
  "change-altered": { weight: 3, act: changeAltered },
  "add-bulk": { weight: 1, act: addBulk },
  "change-bulk": { weight: 1, act: changeBulk },
  "remove-bulk": { weight: 1, act: removeBulk },
  "say-only": { weight: 1, act: sayOnly },
};
