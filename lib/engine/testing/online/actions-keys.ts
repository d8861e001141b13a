import type { Action, Scene, WeighedActions } from "./action";

/** Actions on rows that refer to each other, and on keys that change hands. */

const transfer: Action = async ({ client, chance }) => {
  const [from, to] = [chance.between(1, 50), chance.between(1, 50)];
  const amount = chance.between(1, 10_000) / 100;
  const sql = "update s.account set balance = balance + $2 where id = $1";
  await client.query(sql, [from, -amount]);
  await client.query(sql, [to, amount]);
};

const annotate: Action = ({ client, chance }) =>
  client.query("update s.account set note = $2 where id % 7 = $1", [
    chance.between(0, 6),
    chance.percent(30) ? null : `note ${chance.between(1, 999)}`,
  ]);

const count: Action = ({ client, chance }) =>
  client.query("update s.counter set value = value + 1 where id = $1", [chance.between(1, 10)]);

const resetCounter: Action = async ({ client, chance }) => {
  const id = chance.between(1, 10);
  await client.query("update s.counter set value = 0 where id = $1", [id]);
  await client.query("delete from s.history where counter_id = $1", [id]);
};

const addFamily: Action = async ({ client, chance }) => {
  const { rows } = await client.query("insert into s.parent (name) values ($1) returning id", [
    `p${chance.between(1, 99)}`,
  ]);
  for (let child = chance.between(0, 3); child > 0; child--) {
    const added = await client.query("insert into s.child (parent_id, tags) values ($1, $2) returning id", [
      rows[0].id,
      ["a,b", null, `"q" ${child}`],
    ]);
    await client.query("insert into s.grandchild (child_id) values ($1)", [added.rows[0].id]);
  }
};

const A_PARENT = "(select id from s.parent order by hashtext(id::text || $1) limit 1)";

const removeFamily: Action = ({ client, chance }) =>
  client.query(`delete from s.parent where id = ${A_PARENT}`, [String(chance.between(1, 999))]);

const removeChild: Action = ({ client, chance }) =>
  client.query(
    "delete from s.child where id = (select id from s.child order by hashtext(id::text || $1) limit 1)",
    [String(chance.between(1, 999))],
  );

const adopt: Action = ({ client, chance }) =>
  client.query(`update s.child set parent_id = ${A_PARENT} where id % 11 = $2`, [
    String(chance.between(1, 999)),
    chance.between(0, 10),
  ]);

/** The children's key follows by the constraint. */
const renumberParent: Action = ({ client, chance }) =>
  client.query(`update s.parent set id = nextval('s.parent_id_seq') where id = ${A_PARENT}`, [
    String(chance.between(1, 999)),
  ]);

function twoOf({ chance }: Scene, last: number): [number, number] {
  const one = chance.between(1, last);
  return [one, 1 + ((one - 1 + chance.between(1, last - 1)) % last)];
}

/** A unique value that two rows hold at once until the commit. */
const swapDeferred: Action = async (scene) => {
  const [one, other] = twoOf(scene, 20);
  const { rows } = await scene.client.query(
    "select id, label from s.seat where id in ($1, $2) order by id for update",
    [one, other],
  );
  for (const [at, row] of rows.entries())
    await scene.client.query("update s.seat set label = $2 where id = $1", [row.id, rows[1 - at].label]);
};

/** Rotates unique values of three rows by way of one that no row has. */
const rotateUnique: Action = async ({ client, chance }) => {
  const { rows } = await client.query<{ id: number; position: number }>(
    "select id, position from s.place where id between $1 and $1 + 2 order by id for update",
    [chance.between(1, 18)],
  );
  const [one, two, three] = rows;
  if (!one || !two || !three) return;
  const set = (row: { id: number }, position: number) =>
    client.query("update s.place set position = $2 where id = $1", [row.id, position]);
  await set(one, -one.id);
  await set(two, one.position);
  await set(three, two.position);
  await set(one, three.position);
};

const swapKeys: Action = async (scene) => {
  const [one, other] = twoOf(scene, 30);
  const move = (from: number, to: number) =>
    scene.client.query("update s.moved set id = $2 where id = $1", [from, to]);
  await move(one, -one);
  await move(other, one);
  await move(-one, other);
};

/** A key that is freed and taken again within one transaction, and the row that took it is changed. */
const reuseKey: Action = async ({ client, chance }) => {
  const id = chance.between(1, 30);
  await client.query("delete from s.moved where id = $1", [id]);
  await client.query("insert into s.moved values ($1, $2)", [id, chance.between(1, 99)]);
  if (chance.percent(50)) await client.query("update s.moved set id = id + 1000 where id = $1", [id]);
  if (chance.percent(50))
    await client.query("insert into s.moved values ($1, 0) on conflict (id) do update set v = 0", [id]);
};

const shiftKeys: Action = async ({ client, chance }) => {
  const low = chance.between(1, 25);
  await client.query("update s.moved set id = -id where id between $1 and $1 + 4", [low]);
  await client.query("update s.moved set id = 1 - id, v = v + 1 where id < 0");
};

const changeIndexed: Action = async ({ client, chance }) => {
  const k1 = chance.between(1, 30);
  const k2 = `k${chance.between(0, 3)}`;
  const insert =
    "insert into s.by_index values ($1, $2, 0) on conflict (k2, k1) do update set v = s.by_index.v + 1";
  if (chance.percent(40)) await client.query(insert, [k1, k2]);
  if (chance.percent(40)) await client.query("update s.by_index set v = null where k1 = $1", [k1]);
  if (chance.percent(40))
    await client.query("update s.by_index set k1 = k1 + 100, v = v + 1 where k1 = $1", [k1]);
  if (chance.percent(40)) await client.query("delete from s.by_index where k1 > 100 and k2 = $1", [k2]);
};

export const KEY_ACTIONS: WeighedActions = {
  transfer: { weight: 12, act: transfer },
  annotate: { weight: 3, act: annotate },
  count: { weight: 10, act: count },
  "reset-counter": { weight: 1, act: resetCounter },
  "add-family": { weight: 6, act: addFamily },
  "remove-family": { weight: 4, act: removeFamily },
  "remove-child": { weight: 2, act: removeChild },
  adopt: { weight: 3, act: adopt },
  "renumber-parent": { weight: 3, act: renumberParent },
  "swap-deferred": { weight: 4, act: swapDeferred },
  "rotate-unique": { weight: 4, act: rotateUnique },
  "swap-keys": { weight: 4, act: swapKeys },
  "reuse-key": { weight: 4, act: reuseKey },
  "shift-keys": { weight: 2, act: shiftKeys },
  "change-indexed": { weight: 4, act: changeIndexed },
};
