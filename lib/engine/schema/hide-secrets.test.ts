import { expect, test } from "vitest";
import { hideSecrets } from "./hide-secrets";

test.each([
  [
    `CREATE USER MAPPING FOR "o'k" SERVER remote OPTIONS (\n    password 'a''b',\n    "user" 'me',\n    sslkey E'two\\\\n''d'\n)`,
    `CREATE USER MAPPING FOR "o'k" SERVER remote OPTIONS (\n    password '********',\n    "user" 'me',\n    sslkey '********'\n)`,
  ],
  [
    "CREATE SERVER remote FOREIGN DATA WRAPPER any_fdw OPTIONS (\n    host 'db',\n    \"Api Token\" 'line\nline',\n    dbname 'x'\n)",
    "CREATE SERVER remote FOREIGN DATA WRAPPER any_fdw OPTIONS (\n    host 'db',\n    \"Api Token\" '********',\n    dbname 'x'\n)",
  ],
  [
    "CREATE SUBSCRIPTION sub CONNECTION 'host=h password=p' PUBLICATION pub WITH (connect = false, slot_name = 'sub')",
    "CREATE SUBSCRIPTION sub CONNECTION '********' PUBLICATION pub WITH (connect = false, slot_name = 'sub')",
  ],
  ["CREATE FUNCTION password() RETURNS text AS $$ select password 'x' $$", undefined],
])("what gives access to other servers is not shown (%#)", (sql, shown) => {
  expect(hideSecrets(sql)).toBe(shown ?? sql);
});

test("whether two secrets are the same can be shown without them", () => {
  const sql = "ALTER USER MAPPING FOR me SERVER remote OPTIONS (SET password 'x')";
  expect(hideSecrets(sql, (value) => `${value.length}`)).toBe(
    "ALTER USER MAPPING FOR me SERVER remote OPTIONS (SET password '3')",
  );
});
