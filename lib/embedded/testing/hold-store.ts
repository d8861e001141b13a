/**
 * A process for tests to kill: opens the store of argv[2] (exclusively with argv[3] "exclusive"), prints its postmaster's
 * pid, then inserts rows as fast as it can and prints each number once it is committed.
 */
import pg from "pg";
import { openEmbeddedStore } from "@/lib/embedded/store";

const [folder = "", mode = "shared"] = process.argv.slice(2);
const store = await openEmbeddedStore(folder, { exclusive: mode === "exclusive" });
const client = new pg.Client({ connectionString: store.databaseUrl });
await client.connect();
await client.query("create table if not exists kept (n integer primary key)");
for (let n = 1; ; n += 1) {
  await client.query("insert into kept values ($1)", [n]);
  process.stdout.write(`${n}\n`);
}
