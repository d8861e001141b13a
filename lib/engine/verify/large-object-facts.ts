import type pg from "pg";
import { displayIdent, ident, literal } from "@/lib/postgres/sql";

/** What a large object has besides its bytes. */
export interface LargeObjectFacts {
  owner: string;
  comment: string | null;
  /** "provider: label" */
  labels: string;
  /** "SELECT for reader" of others than the owner, in order. */
  grants: readonly string[];
}

interface Row {
  oid: string;
  owner: string;
  comment: string | null;
  labels: string;
  grants: { grantee: string; privilege: string; grantable: boolean }[];
}

/** Reads owners, comments, labels and privileges of these objects; privileges of roles outside of `known` are left out. */
export async function readLargeObjectFacts(
  client: pg.Client,
  oids: readonly number[],
  known: ReadonlySet<string>,
): Promise<Map<number, LargeObjectFacts>> {
  const { rows } = await client.query<Row>(
    `select m.oid::text as oid, pg_catalog.pg_get_userbyid(m.lomowner) as owner,
            pg_catalog.obj_description(m.oid, 'pg_largeobject') as comment,
            coalesce((select pg_catalog.string_agg(l.provider || ': ' || l.label, ', ' order by l.provider collate "C")
                        from pg_catalog.pg_seclabel l
                       where l.objoid = m.oid and l.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass), '') as labels,
            coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object(
                               'grantee', coalesce(r.rolname, ''), 'privilege', a.privilege_type, 'grantable', a.is_grantable))
                        from pg_catalog.aclexplode(m.lomacl) a left join pg_catalog.pg_roles r on r.oid = a.grantee
                       where a.grantee <> m.lomowner and (a.grantee = 0 or r.oid is not null)), '[]') as grants
       from pg_catalog.pg_largeobject_metadata m where m.oid = any ($1::text[]::oid[])`,
    [oids.map(String)],
  );
  return new Map(
    rows.map(({ oid, owner, comment, labels, grants }) => [
      Number(oid),
      {
        owner,
        comment,
        labels,
        grants: grants
          .filter(({ grantee }) => grantee === "" || known.has(grantee))
          .map(({ grantee, privilege, grantable }) => {
            const to = grantee === "" ? "public" : displayIdent(grantee);
            return `${privilege} for ${to}${grantable ? " with grant option" : ""}`;
          })
          .sort(),
      },
    ]),
  );
}

/** What of them is not the same, by name; an owner that the target does not have is not compared. */
export function differingFacts(
  source: LargeObjectFacts,
  target: LargeObjectFacts,
  known: ReadonlySet<string>,
): { source: Record<string, string | null>; target: Record<string, string | null> } | null {
  const ours: Record<string, string | null> = {};
  const theirs: Record<string, string | null> = {};
  const compare = (name: string, left: string | null, right: string | null) => {
    if (left === right) return;
    ours[name] = left;
    theirs[name] = right;
  };
  if (known.has(source.owner)) compare("owner", source.owner, target.owner);
  compare("comment", source.comment, target.comment);
  compare("labels", source.labels, target.labels);
  compare("privileges", source.grants.join(", "), target.grants.join(", "));
  return Object.keys(ours).length > 0 ? { source: ours, target: theirs } : null;
}

/** Statement that gives the target's object the source's owner or comment; null when both differ, or labels or privileges. */
export function repairOf(oid: number, source: Record<string, string | null>): string | null {
  const [name, ...others] = Object.keys(source);
  if (others.length > 0) return null;
  const value = source[name ?? ""] ?? null;
  if (name === "owner" && value !== null) return `alter large object ${oid} owner to ${ident(value)}`;
  if (name === "comment")
    return `comment on large object ${oid} is ${value === null ? "null" : literal(value)}`;
  return null;
}
