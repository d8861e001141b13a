import { ident } from "@/lib/postgres/sql";
import { defineRule, type RuleProblem } from "../rule";

/** Sessions that the login may not end, and whether it may drop the database at all. */
const QUESTION = `
  select d.datname is not null as present,
         me.rolsuper or pg_has_role(d.datdba, 'usage') as owned,
         (select coalesce(json_agg(format('pid %s of %s', a.pid, a.usename) order by a.pid), '[]')
            from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
           where a.datid = d.oid and a.pid <> pg_backend_pid() and not me.rolsuper
             and (r.rolsuper or not (pg_has_role(r.oid, 'usage') or pg_has_role('pg_signal_backend', 'usage')))) as sessions,
         (select coalesce(bool_or(r.rolsuper), false)
            from pg_stat_activity a join pg_roles r on r.oid = a.usesysid where a.datid = d.oid and a.pid <> pg_backend_pid()) as superusers
    from pg_roles me left join pg_database d on d.datname = $1
   where me.rolname = current_user`;

interface Answer {
  present: boolean;
  owned: boolean;
  sessions: string[];
  superusers: boolean;
}

export const targetDatabaseReplaceable = defineRule({
  id: "target-database-replaceable",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "DATABASE_IN_USE",
  title: "a database that is to be replaced can be dropped",
  why: "A database is replaced by dropping it, which takes its owner and ends every session in it; a session that may not be ended keeps it in use.",
  side: "target",
  mendedBy: "statements",
  fix: {
    general:
      "Grant the target login pg_signal_backend and the ownership of the database, or disconnect the sessions and drop it by hand.",
    azure:
      "Use the server administrator, who may do both, or disconnect the sessions and drop the database by hand.",
  },
  async check({ target, database, targetNames, overwrite }) {
    const name = targetNames?.get(database) ?? database;
    const { user } = target.settings;
    const { rows } = await target.client.query<Answer>(QUESTION, [name]);
    const [answer] = rows;
    if (!answer?.present)
      return { checked: `The target has no database "${name}" to be replaced.`, problems: [] };
    // Without leave to overwrite nothing is dropped yet.
    const severity = overwrite ? "Failed" : "Warning";
    const problems: RuleProblem[] = [];
    if (!answer.owned) {
      const sql = `alter database ${ident(name)} owner to ${ident(user)};`;
      const message = `The target login "${user}" may not drop "${name}", which belongs to another role.`;
      problems.push({
        severity,
        code: "DATABASE_DROP_FAILED",
        message,
        objects: [name],
        fix: [{ side: "target", sql }],
      });
    }
    if (answer.sessions.length > 0) {
      const sql = `grant pg_signal_backend to ${ident(user)};`;
      problems.push({
        severity,
        message: `The target login "${user}" may not end ${answer.sessions.length} ${answer.sessions.length === 1 ? "session" : "sessions"} in "${name}".`,
        objects: answer.sessions,
        // Sessions of superusers are a superuser's to end.
        ...(answer.superusers ? {} : { fix: [{ side: "target", sql }] }),
      });
    }
    return { checked: `The target login "${user}" may drop "${name}" and end the sessions in it.`, problems };
  },
});
