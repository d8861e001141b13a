import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "../testing/settings-of";
import { withSession } from "../testing/with-session";
import { createPublication, listRefused, unpublish } from "./publication";

const KEYED = "id int generated always as (v * 2) stored primary key";

test.each([12, 17, 18] as const)("a source of major %d takes changes of all its tables", async (major) => {
  await using server = await startTestServer(major, { settings: { wal_level: "logical" } });
  await withSession(settingsOf(server), async (client) => {
    const tables = [
      ["plain", "id int primary key, v int"],
      ["generated_key", `v int, ${KEYED}`],
      ["generated_part", "v int, w int generated always as (v * 2) stored, k int, primary key (k, w)"],
      [
        "generated_beside",
        "id int, v int, w int generated always as (v * 2) stored, primary key (id) include (w)",
      ],
      ["postponed", "id int primary key deferrable, v int"],
      ["whole_row", "v int, w int generated always as (v * 2) stored"],
      ["whole_virtual", `v int, w int generated always as (v * 2) ${major >= 18 ? "virtual" : "stored"}`],
      ["nothing", "v int"],
    ] as const;
    for (const [name, columns] of tables) await client.query(`create table ${name} (${columns})`);
    for (const name of ["whole_row", "whole_virtual"])
      await client.query(`alter table ${name} replica identity full`);
    const names = tables.map(([name]) => ({ schema: "public", name }));
    const withoutIdentity = await createPublication(client, "howdah_test", names);
    const leftOut = [
      "generated_key",
      "generated_part",
      "postponed",
      ...(major >= 18 ? ["whole_virtual"] : []),
      "nothing",
    ];
    expect(withoutIdentity.map(({ name }) => name)).toEqual(leftOut);
    for (const [name, columns] of tables) {
      const filled = ["id", "k", "v"].filter(
        (column) => columns.includes(`${column} int`) && !columns.includes(`${column} int generated`),
      );
      const row = (n: number) => `(${filled.map(() => n).join(", ")})`;
      await client.query(`insert into ${name} (${filled.join(", ")}) values ${row(1)}, ${row(2)}`);
      await client.query(`update ${name} set v = 3 where v = 1; delete from ${name} where v = 2`);
    }
  });
});

test("tables that were altered so that the source refuses their updates leave the publication", async () => {
  await using server = await startTestServer(18, { settings: { wal_level: "logical" } });
  await withSession(settingsOf(server), async (client) => {
    const names = ["kept", "keyless", "whole", "whole_generated"];
    for (const name of names) await client.query(`create table ${name} (id int primary key, v int)`);
    await client.query(
      "alter table whole_generated add w int generated always as (v * 2) stored; insert into whole_generated values (1, 1)",
    );
    const tables = names.map((name) => ({ schema: "public", name }));
    await createPublication(client, "howdah_test", tables);
    expect(await listRefused(client, ["howdah_test"])).toEqual([]);
    for (const name of ["whole", "whole_generated"])
      await client.query(`alter table ${name} replica identity full`);
    await client.query("alter table keyless drop constraint keyless_pkey");
    const update = "update whole_generated set v = 2";
    await expect(client.query(update)).rejects.toThrow("generated");
    const refused = await listRefused(client, ["howdah_test"]);
    expect(refused.map(({ name }) => name).sort()).toEqual(["keyless", "whole_generated"]);
    await unpublish(client, ["howdah_test"], refused);
    await client.query(update);
    expect(await listRefused(client, ["howdah_test"])).toEqual([]);
  });
});
