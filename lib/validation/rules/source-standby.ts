import { defineRule, type RuleProblem } from "../rule";

/** What of the standby's settings decides for how long its recovery waits for a reader (hot-standby.html#HOT-STANDBY-CONFLICT). */
const STATE = `
select pg_is_in_recovery() as standby, current_setting('max_standby_streaming_delay') as delay,
       current_setting('hot_standby_feedback')::boolean as feedback`;

export const sourceStandby = defineRule({
  id: "source-standby",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Failed",
  code: "SOURCE_STANDBY",
  alwaysChecked: true,
  title: "source is a primary",
  why: "A standby knows only what it has replayed so far: at the cutover it cannot tell whether its primary has committed more. An offline migration reads it as it is at that moment, unless recovery ends the sessions that read it.",
  side: "source",
  mendedBy: "decision",
  fix: { general: "Connect to the primary." },
  async check({ source, mode }) {
    const { rows } = await source.client.query<{ standby: boolean; delay: string; feedback: boolean }>(STATE);
    const [state] = rows;
    const problems: RuleProblem[] = [];
    if (state?.standby && mode === "Online")
      problems.push({
        message: "The source is a standby; what its primary commits last could be missed at the cutover.",
      });
    else if (state?.standby)
      problems.push({
        severity: "Warning",
        message: `The source is a standby: what it has replayed by the beginning moves. Recovery may end the sessions that read it after max_standby_streaming_delay (${state.delay}); hot_standby_feedback is ${state.feedback ? "on" : "off"}.`,
        remedy:
          "Connect to the primary; or set max_standby_streaming_delay to -1 or hot_standby_feedback to on for the time of the migration.",
      });
    return { checked: "The source is a primary.", problems };
  },
});
