import { UsageError } from "@/lib/cli/usage-error";
import {
  formatSourceAddress,
  type MigrationCreateBody,
  type MigrationCreateInput,
  migrationCreateBody,
  migrationName,
} from "@/lib/migrations/contract";
import type { DatabaseSelection } from "@/lib/migrations/filter";
import type { ServerAddress } from "./connection-uri";
import type { MigrateOptions } from "./migrate-options";
import { onlineOptionsOf } from "./online-options";

export interface RequestInput {
  options: MigrateOptions;
  source: ServerAddress;
  target: ServerAddress;
  sourcePassword: string;
  targetPassword: string;
  databases: string[];
  /** Filters and target names. */
  selections: DatabaseSelection[];
}

/** The ARM body the command line stands for, the same a PUT of the dashboard carries. Throws UsageError on a bad value. */
export function migrationRequest(input: RequestInput): MigrationCreateBody {
  const { options, source, target, databases, selections } = input;
  const online = onlineOptionsOf(options);
  const body: MigrationCreateInput = {
    properties: {
      migrationMode: options.mode,
      migrationOption: options.option,
      sourceType: "OnPremises",
      sslMode: source.sslMode,
      sourceDbServerResourceId: formatSourceAddress(source),
      secretParameters: {
        adminCredentials: {
          sourceServerPassword: input.sourcePassword,
          targetServerPassword: input.targetPassword,
        },
        targetServerUsername: target.user,
      },
      dbsToMigrate: databases,
      overwriteDbsInTarget: options.overwrite ? "True" : "False",
      howdah: {
        targetSslMode: target.sslMode,
        ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
        ...(options.vacuum ? { vacuum: true } : {}),
        ...(online === undefined ? {} : { online }),
        ...(selections.length === 0 ? {} : { databases: selections }),
        ...(source.caCertificate === null ? {} : { sourceCaCertificate: source.caCertificate }),
        ...(target.caCertificate === null ? {} : { targetCaCertificate: target.caCertificate }),
      },
    },
  };
  const parsed = migrationCreateBody.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues.map((issue) => issue.message).join(" "));
}

/** The given name, or one made from the time. Throws UsageError when it breaks the name rule. */
export function nameMigration(given: string | undefined, now: Date): string {
  if (given === undefined) {
    const stamp = now.toISOString().replaceAll(/[-:T]|\..*$/g, "");
    return `cli-${stamp.slice(0, 8)}-${stamp.slice(8)}-${now.getUTCMilliseconds().toString().padStart(3, "0")}`;
  }
  const parsed = migrationName.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--name: ${parsed.error.issues[0]?.message ?? "not a migration name"}`);
}
