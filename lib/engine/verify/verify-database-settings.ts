import type pg from "pg";
import { toCodedError } from "@/lib/postgres/errors";
import { displayIdent } from "@/lib/postgres/sql";
import type { RowDifference, VerifiedItem, VerifiedResult } from "./verify-events";
import { resultOf, type VerifyRun } from "./verify-run";

export const DATABASE_SETTINGS: VerifiedItem = {
  kind: "database-settings",
  schema: "",
  name: "database settings, comment and privileges",
};

interface Facts {
  comment: string | null;
  /** By provider. */
  labels: Record<string, string>;
  /** "name=value" of ALTER DATABASE ... SET for all roles (role null), and of ALTER ROLE ... IN DATABASE ... SET. */
  settings: { role: string | null; values: string[] }[];
  /** Privileges on the database of others than its owner; "" is everybody. null: those of every new database. */
  grants: { grantee: string; privilege: string; grantable: boolean }[] | null;
  roles: string[];
}

const READ = `
select pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
       (select coalesce(pg_catalog.json_object_agg(l.provider, l.label), '{}') from pg_catalog.pg_shseclabel l
         where l.objoid = d.oid and l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass) as labels,
       (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('role', r.rolname, 'values', s.setconfig)), '[]')
          from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_roles r on r.oid = s.setrole
         where s.setdatabase = d.oid and (s.setrole = 0 or r.oid is not null)) as settings,
       (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('grantee', coalesce(r.rolname, ''), 'privilege', a.privilege_type,
                                                                         'grantable', a.is_grantable)), '[]')
          from pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
          left join pg_catalog.pg_roles r on r.oid = a.grantee
         where a.grantee <> d.datdba and (a.grantee = 0 or r.oid is not null)) as grants,
       array(select rolname::text from pg_catalog.pg_roles) as roles
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`;

/** Compares what ALTER DATABASE, ALTER ROLE IN DATABASE, COMMENT, SECURITY LABEL and GRANT ON DATABASE keep, and reports the item. Notes what is of roles only one side has. */
export async function verifyDatabaseSettings(run: VerifyRun): Promise<VerifiedResult> {
  const startedAt = performance.now();
  run.report({ type: "item-started", item: DATABASE_SETTINGS });
  const result = await compare(run, startedAt).catch((error: unknown) => {
    run.signal.throwIfAborted();
    const { message } = toCodedError(error, "INTERNAL");
    return resultOf(DATABASE_SETTINGS, "unchecked", `They could not be read: ${message}`, startedAt);
  });
  run.report({ type: "item-ended", result });
  return result;
}

async function compare(run: VerifyRun, startedAt: number): Promise<VerifiedResult> {
  const [source, target] = await Promise.all([run.source.read(readFacts), run.target.read(readFacts)]);
  const known = new Set(target.roles.filter((role) => source.roles.includes(role)));
  const ours = linesOf(source, known);
  const theirs = linesOf(target, known);
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
    (name) => ours.get(name) !== theirs.get(name),
  );
  const strangers = strangersOf(source, known);
  if (strangers.length > 0) {
    const message = `Privileges on the database and settings in it were not compared for roles the target does not have: ${strangers.map(displayIdent).join(", ")}.`;
    run.report({ type: "note", message });
  }
  if (names.length === 0) return resultOf(DATABASE_SETTINGS, "equal", null, startedAt);
  const rows = names.map((name) => differenceOf(name, ours.get(name) ?? null, theirs.get(name) ?? null));
  run.report({ type: "rows-differ", item: DATABASE_SETTINGS, rows: rows.slice(0, run.maxDifferences) });
  const message = `Not the same on both sides: ${names.join(", ")}.`;
  return resultOf(DATABASE_SETTINGS, "different", message, startedAt, { differences: names.length });
}

async function readFacts(client: pg.Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(READ);
  return rows[0] ?? { comment: null, labels: {}, settings: [], grants: [], roles: [] };
}

function linesOf(
  { comment, labels, settings, grants }: Facts,
  known: ReadonlySet<string>,
): Map<string, string> {
  const lines = new Map<string, string>();
  if (comment !== null) lines.set("comment", comment);
  for (const [provider, label] of Object.entries(labels)) lines.set(`label of ${provider}`, label);
  for (const { role, values } of settings) {
    if (role !== null && !known.has(role)) continue;
    for (const setting of values) {
      const at = setting.indexOf("=");
      const of = role === null ? "" : ` of ${displayIdent(role)}`;
      lines.set(`setting ${setting.slice(0, at)}${of}`, setting.slice(at + 1));
    }
  }
  for (const { grantee, privilege, grantable } of grants ?? []) {
    if (grantee !== "" && !known.has(grantee)) continue;
    const to = grantee === "" ? "public" : displayIdent(grantee);
    lines.set(`${privilege} for ${to}`, grantable ? "granted with grant option" : "granted");
  }
  return lines;
}

function strangersOf({ grants, settings }: Facts, known: ReadonlySet<string>): string[] {
  const named = [...(grants ?? []).map(({ grantee }) => grantee), ...settings.map(({ role }) => role ?? "")];
  return [...new Set(named)].filter((role) => role !== "" && !known.has(role));
}

function differenceOf(name: string, source: string | null, target: string | null): RowDifference {
  const kind = source === null ? "extra" : target === null ? "missing" : "changed";
  return {
    kind,
    key: { name },
    source: source === null ? null : { name, value: source },
    target: target === null ? null : { name, value: target },
    repair: null,
  };
}
