/** The logins of the shell that runs the tests are none of theirs. Runs before every file of tests. */
const LOGINS = ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSERVICE"];
const PASSWORDS = ["HOWDAH_SOURCE_PASSWORD", "HOWDAH_TARGET_PASSWORD"];

for (const name of [...LOGINS, ...PASSWORDS]) delete process.env[name];
