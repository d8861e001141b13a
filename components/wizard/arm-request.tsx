import { CodeBlock } from "@/components/ui/code-block";
import { Icon } from "@/components/ui/icon";
import { API_VERSION } from "@/lib/migrations/resource-paths";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { createRequest } from "./create-request";
import type { WizardForm } from "./wizard-form";

/** The same migration as the request that will be sent, without the passwords; for scripts and templates. */
export function ArmRequest({
  values,
  servers,
}: {
  values: WizardForm;
  servers: readonly RegisteredServer[];
}) {
  const { resourceId, body } = createRequest(values, servers);
  const shown = JSON.stringify(body, (key, value) => (key.endsWith("Password") ? "********" : value), 2);
  return (
    <details className="group rounded-md border border-line">
      <summary className="flex items-center gap-2 rounded-md px-4 py-2.5 font-semibold hover:bg-surface">
        <Icon name="right" className="text-muted transition-transform group-open:rotate-90" />
        As an ARM request
      </summary>
      <div className="border-t border-line p-4">
        <CodeBlock what="ARM request" code={`PUT ${resourceId}?api-version=${API_VERSION}\n\n${shown}`} />
      </div>
    </details>
  );
}
