import { ident, literal } from "@/lib/postgres/sql";
import type { ObjectFailure } from "../events";
import type { TargetRoles } from "../schema/target-roles";

/** What a large object has besides its bytes. */
export interface LargeObjectSettings {
  oid: string;
  owner: string;
  comment: string | null;
  /** Privileges of others than the owner. */
  grants: LargeObjectGrant[];
}

export interface LargeObjectGrant {
  /** "" is everybody. */
  grantee: string;
  privilege: "SELECT" | "UPDATE";
  grantable: boolean;
}

/** Statements that give the objects their comments, owners and privileges, as far as the target has the roles. */
export function settingStatements(objects: readonly LargeObjectSettings[], roles: TargetRoles): string[] {
  return objects.flatMap(({ oid, owner, comment, grants }) => {
    const object = `large object ${BigInt(oid)}`;
    const statements: string[] = [];
    if (comment !== null) statements.push(`comment on ${object} is ${literal(comment)}`);
    const given =
      owner !== roles.login && roles.assignable.has(owner)
        ? [`alter ${object} owner to ${ident(owner)}`]
        : [];
    // Before the grants: they are then the new owner's, as they were on the source.
    if (roles.superuser) statements.push(...given);
    for (const { grantee, privilege, grantable } of grants) {
      if (grantee !== "" && !roles.existing.has(grantee)) continue;
      const to = grantee === "" ? "public" : ident(grantee);
      statements.push(`grant ${privilege} on ${object} to ${to}${grantable ? " with grant option" : ""}`);
    }
    // Any other login may have no right to grant afterwards.
    if (!roles.superuser) statements.push(...given);
    return statements;
  });
}

/** One warning for each role that could not be given what it has on the source. */
export function missingRoleWarnings(
  objects: readonly LargeObjectSettings[],
  roles: TargetRoles,
): ObjectFailure[] {
  const counts = new Map<string, number>();
  for (const { owner, grants } of objects) {
    const missing = new Set(
      grants.map((grant) => grant.grantee).filter((role) => role !== "" && !roles.existing.has(role)),
    );
    if (!roles.assignable.has(owner)) missing.add(owner);
    for (const role of missing) counts.set(role, (counts.get(role) ?? 0) + 1);
  }
  return [...counts].map(([role, count]) => {
    const exists = roles.existing.has(role);
    const what = `${count} large object${count === 1 ? "" : "s"}`;
    return {
      severity: "warning",
      kind: "large-object",
      object: what,
      code: exists ? "PRIVILEGE_MISSING" : "ROLE_MISSING",
      sqlState: null,
      message: exists
        ? `the target login is not a member of role ${ident(role)}; ownership and privileges of ${what} stay with the login`
        : `role ${ident(role)} does not exist on the target; ${what} came without its ownership or privileges`,
      remedy: `${exists ? `grant ${ident(role)} to the target login` : `create role ${ident(role)} on the target`}, then set what is missing, or migrate again.`,
      statement: null,
    };
  });
}
