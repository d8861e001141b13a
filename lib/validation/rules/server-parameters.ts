import type pg from "pg";
import { ident, literal } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

/** Groups of settings that decide what statements give or how they are planned; sizes, logs and files are the server's own. */
const BEHAVIOUR =
  "^(Client Connection Defaults / (Locale|Statement|Other)|Version and Platform|Query Tuning|Error Handling)";

/**
 * Not compared: what sessions of applications set for themselves, what is a path or a library, messages for people, and what
 * another rule is about.
 */
const LEFT_OUT = [
  "application_name",
  "client_encoding",
  "default_tablespace",
  "default_transaction_read_only",
  "dynamic_library_path",
  "effective_cache_size",
  "exit_on_error",
  "extra_float_digits",
  "lc_messages",
  "restart_after_crash",
  "data_sync_retry",
  "temp_tablespaces",
];

/** Names of one and the same time zone. */
const UTC = /^(Etc\/)?(UTC|UCT|Universal|Zulu)$/i;

/** A value as it is compared: what differs in its name only is the same. */
function meaningOf({ name, value }: Parameter): string {
  return name === "TimeZone" && UTC.test(value) ? "UTC" : value;
}

interface Parameter {
  name: string;
  value: string;
  unit: string | null;
  /** Somebody set it to another value than the one PostgreSQL comes with. */
  set: boolean;
}

/** What new sessions get; reset_val, because this session has settings of its own. */
async function readParameters(client: pg.Client): Promise<Map<string, Parameter>> {
  const { rows } = await client.query<Parameter>(
    `select name, coalesce(reset_val, '') as value, unit,
            source not in ('default', 'override', 'client', 'session') and reset_val is distinct from boot_val as set
       from pg_settings where category ~ $1 and name <> all($2) order by name`,
    [BEHAVIOUR, LEFT_OUT],
  );
  return new Map(rows.map((row) => [row.name, row]));
}

function shown({ value, unit }: Parameter): string {
  return `${value === "" ? "''" : value}${unit ? ` ${unit}` : ""}`;
}

export const serverParameters = defineRule({
  id: "server-parameters",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "PARAMETERS_DIFFER",
  alwaysChecked: false,
  title: "settings that decide how statements behave are alike",
  why: "Settings of the server do not move with a database; with another time zone, date style, search path, timeout or planner setting applications may get other results or other plans.",
  side: "target",
  mendedBy: "statements",
  fix: {
    general: "Set them alike on the target where the applications rely on them.",
    azure: "Set them alike on the page Server parameters of the target where the applications rely on them.",
  },
  async check({ source, target, providers }) {
    const [here, there] = await Promise.all([readParameters(source.client), readParameters(target.client)]);
    const differing = [...here.values()].flatMap((mine) => {
      const other = there.get(mine.name);
      return other && (mine.set || other.set) && meaningOf(mine) !== meaningOf(other)
        ? [{ mine, other }]
        : [];
    });
    const mayAlter = target.facts.isSuperuser && providers.target === "self-hosted";
    const statements = [
      ...differing.map(({ mine }) => `alter system set ${ident(mine.name)} = ${literal(mine.value)};`),
      "select pg_reload_conf();",
    ];
    return {
      checked: `${here.size} settings that decide how statements behave are alike, or were set on neither side.`,
      problems:
        differing.length === 0
          ? []
          : [
              {
                message: `${differing.length} ${differing.length === 1 ? "setting differs" : "settings differ"} between source and target.`,
                objects: differing.map(
                  ({ mine, other }) => `${mine.name}: source ${shown(mine)}, target ${shown(other)}`,
                ),
                ...(mayAlter ? { fix: statements.map((sql) => ({ side: "target" as const, sql })) } : {}),
              },
            ],
    };
  },
});
