import { armTemplate } from "./arm-template";
import { bicep } from "./bicep";
import type { ExportedMigration } from "./exported-migration";
import { cliCommand, propertiesFile } from "./properties-file";
import { terraform } from "./terraform";

export const EXPORT_FORMATS = ["arm", "bicep", "cli", "properties", "terraform"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

interface ExportFormatFacts {
  label: string;
  /** What it is for and where the passwords go, one or two sentences. */
  hint: string;
  /** Ending of the file's name. */
  ending: string;
  type: string;
  write: (migration: ExportedMigration) => string;
}

/** The ways to write a migration down, each without secrets. */
export const EXPORTS: Readonly<Record<ExportFormat, ExportFormatFacts>> = {
  arm: {
    label: "ARM template",
    hint: "Deploy it with howdah deployment create, or to Azure. The passwords are secure parameters.",
    ending: ".template.json",
    type: "application/json",
    write: armTemplate,
  },
  bicep: {
    label: "Bicep",
    hint: "For Azure. The passwords are secure parameters.",
    ending: ".bicep",
    type: "text/plain",
    write: bicep,
  },
  cli: {
    label: "CLI",
    hint: "Paste it into a shell. It writes the properties file and creates the migration; you are asked for the passwords.",
    ending: ".sh",
    type: "text/x-shellscript",
    write: cliCommand,
  },
  properties: {
    label: "Properties",
    hint: "The properties file of howdah migration create. Add the passwords, or let the command ask for them.",
    ending: ".json",
    type: "application/json",
    write: propertiesFile,
  },
  terraform: {
    label: "Terraform",
    hint: "For the azapi provider. The passwords are sensitive variables.",
    ending: ".tf",
    type: "text/plain",
    write: terraform,
  },
};

/** The ending a file of the format gets behind the migration's name. */
export function exportFileName(migration: Pick<ExportedMigration, "name">, format: ExportFormat): string {
  return `${migration.name}${EXPORTS[format].ending}`;
}
