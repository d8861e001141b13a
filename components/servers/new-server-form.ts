import { newServer } from "@/components/wizard/wizard-form";
import { localServerResourceId } from "@/lib/migrations/resource-paths";
import type { RegisteredServer, ServerPutInput } from "@/lib/migrations/server-contract";
import type { SslMode } from "@/lib/migrations/vocabulary";

/** A server to register, as the dialog's fields hold it. */
export interface NewServerForm {
  name: string;
  host: string;
  port: string;
  sslMode: SslMode;
  caCertificate: string;
  login: string;
  /** May stay empty; used once, to read version and size. */
  password: string;
  /** Of the flexible server in Azure it is; empty for any other server. */
  azureResourceId: string;
}
export type NewServerField = keyof NewServerForm;

export const EMPTY_SERVER: NewServerForm = {
  name: "",
  host: "",
  port: "5432",
  sslMode: "Require",
  caCertificate: "",
  login: "",
  password: "",
  azureResourceId: "",
};

/** What is wrong with the fields, the first reason of each; empty when nothing is. */
export function serverIssues(
  form: NewServerForm,
  servers: readonly RegisteredServer[],
): Partial<Record<NewServerField, string>> {
  const issues: Partial<Record<NewServerField, string>> = {};
  for (const issue of newServer.safeParse(form).error?.issues ?? []) {
    const [field] = issue.path;
    if (typeof field === "string" && field in form) issues[field as NewServerField] ??= issue.message;
  }
  if (form.login === "") issues.login = "Enter the login.";
  else if (form.login.length > 63) issues.login = "A login has at most 63 characters.";
  const twin = servers.find((server) => server.name.toLowerCase() === form.name.toLowerCase());
  if (twin) issues.name = `There is already a server ${twin.name}.`;
  return issues;
}

/** The PUT that registers the server. */
export function serverRequest(form: NewServerForm): { resourceId: string; body: ServerPutInput } {
  const verifies = form.sslMode === "VerifyCA" || form.sslMode === "VerifyFull";
  return {
    resourceId: localServerResourceId(form.name),
    body: {
      location: "local",
      properties: {
        fullyQualifiedDomainName: form.host,
        administratorLogin: form.login,
        ...(form.password ? { administratorLoginPassword: form.password } : {}),
        howdah: {
          port: Number(form.port),
          sslMode: form.sslMode,
          ...(form.azureResourceId ? { azureResourceId: form.azureResourceId } : {}),
          ...(verifies && form.caCertificate.trim() ? { caCertificate: form.caCertificate } : {}),
        },
      },
    },
  };
}
