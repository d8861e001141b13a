import { defineRule } from "../rule";

const NEEDS = "grant usage on schema cron and select on cron.job to the source login, and give it bypassrls.";

export const scheduledJobs = defineRule({
  id: "scheduled-jobs",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Warning",
  code: "JOBS_SCHEDULED",
  title: "no jobs of pg_cron",
  why: "Jobs move with the extension's tables, with the host and port that each connects to, and would start to run on the target while the source is still in use.",
  side: "source",
  mendedBy: "decision",
  fix: {
    general:
      "Unschedule the jobs before the migration and schedule them on the target after the switch: select cron.unschedule(jobid).",
  },
  needs: NEEDS,
  async check({ source }) {
    const none = { checked: "There are no jobs of pg_cron.", problems: [] };
    const { rows: found } = await source.client.query("select 1 from pg_extension where extname = 'pg_cron'");
    if (found.length === 0) return none;
    // pg_cron shows everyone their own jobs only, by a policy.
    const { rows: seen } = await source.client.query<{ all: boolean }>(
      "select not row_security_active('cron.job') as all",
    );
    if (!seen[0]?.all) {
      const because = "row security shows the source login only its own jobs.";
      return { checked: "", problems: [], notChecked: { because, remedy: NEEDS } };
    }
    const { rows } = await source.client.query<{ id: string; schedule: string }>(
      "select jobid::text as id, schedule from cron.job order by jobid limit 10000",
    );
    if (rows.length === 0) return none;
    const problem = {
      message: `${rows.length} ${rows.length === 1 ? "job is" : "jobs are"} scheduled with pg_cron.`,
      objects: rows.map(({ id, schedule }) => `job ${id} (${schedule})`),
    };
    return { ...none, problems: [problem] };
  },
});
