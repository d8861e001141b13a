import { expect, test } from "vitest";
import { createTargetDatabase } from "../target-database";
import { moveAndReport } from "../testing/move-and-report";
import { serversForFile } from "../testing/server-pair";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { verifyAndCollect } from "../verify/testing/verify-and-collect";

const servers = serversForFile(15, 18);

test("passwords for other servers move, and nothing that is told holds one", async () => {
  const [source, target] = [settingsOf(servers.source, "links"), settingsOf(servers.target, "links")];
  await runSql(settingsOf(servers.source), "create database links", "create role only_here");
  await runSql(
    source,
    "create foreign data wrapper any_wrapper",
    "create server remote foreign data wrapper any_wrapper options (host 'db', api_token 'S3cret token')",
    "create user mapping for public server remote options (\"user\" 'me', password 'S3cret ''word')",
    "create user mapping for only_here server remote options (password E'S3cret \\\\ here')",
  );
  const { signal } = new AbortController();
  await createTargetDatabase({ source, target: settingsOf(servers.target), name: "links", signal });
  const moved = await moveAndReport({ source, target });
  expect(moved.failures).toMatchObject([{ object: "user mapping for only_here on remote" }]);
  expect(moved.failures[0]?.statement).toContain(`"password" '********'`);
  const options = "select o from pg_user_mappings, unnest(umoptions) o where usename = 'public' order by 1";
  expect(await queryRows(target, options)).toEqual(await queryRows(source, options));

  await runSql(
    target,
    "alter user mapping for public server remote options (set password 'S3cret of the target')",
  );
  const found = await verifyAndCollect(source, target);
  const passwords = found.lines.filter(({ kind, text }) => kind !== "same" && text.includes("password"));
  expect(passwords.map(({ kind, text }) => [kind, text.replace(/[0-9a-f]{8}/, "#").trim()])).toEqual([
    ["removed", `"password" 'hidden #'`],
    ["removed", `"password" 'hidden #',`],
    ["added", `"password" 'hidden #',`],
  ]);
  expect(JSON.stringify([moved, found])).not.toContain("S3cret");
});
