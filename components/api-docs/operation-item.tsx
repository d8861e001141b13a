import type { ApiContent, ApiMethod, ApiOperation } from "@/lib/migrations/api-description";
import { referenceOf, typeOf } from "./schema-outline";
import { schemaAnchor } from "./schema-table";

interface OperationItemProps {
  path: string;
  method: ApiMethod;
  operation: ApiOperation;
}

/** One operation: what it does at a glance; parameters, body and answers when opened. */
export function OperationItem({ path, method, operation }: OperationItemProps) {
  const role = operation["x-howdah-role"];
  return (
    <li className="border-b border-line last:border-b-0">
      <details>
        <summary className="grid cursor-pointer gap-x-3 px-4 py-2 hover:bg-surface md:grid-cols-[64px_minmax(0,1fr)]">
          <span className="font-medium uppercase">{method}</span>
          <span className="min-w-0">
            <code className="wrap-anywhere">{path}</code>
            <span className="block text-muted">{operation.summary}</span>
          </span>
        </summary>
        <dl className="grid gap-x-4 gap-y-1.5 px-4 pt-1 pb-3 md:grid-cols-[176px_minmax(0,1fr)]">
          <dt className="text-muted">Who may</dt>
          <dd>{role === undefined ? "Anybody" : `Role ${role}`}</dd>
          {(operation.parameters ?? []).map((parameter) => (
            <div key={`${parameter.in} ${parameter.name}`} className="contents">
              <dt className="wrap-anywhere text-muted">
                <code>{parameter.name}</code> in the {parameter.in}
              </dt>
              <dd>
                {typeOf(parameter.schema)}
                {parameter.required ? "" : " (optional)"}
                {parameter.description ? `. ${parameter.description}` : ""}
              </dd>
            </div>
          ))}
          {operation.requestBody && (
            <>
              <dt className="text-muted">Body</dt>
              <dd>
                <Content content={operation.requestBody.content} />
              </dd>
            </>
          )}
          {Object.entries(operation.responses).map(([status, response]) => (
            <div key={status} className="contents">
              <dt className="text-muted">{status === "default" ? "Otherwise" : status}</dt>
              <dd>
                {response.description} {response.content && <Content content={response.content} />}
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

function Content({ content }: { content: ApiContent }) {
  return Object.entries(content).map(([type, { schema }]) => {
    const name = referenceOf(schema);
    return (
      <span key={type} className="mr-3 wrap-anywhere">
        {name ? <a href={`#${schemaAnchor(name)}`}>{typeOf(schema)}</a> : <code>{type}</code>}
      </span>
    );
  });
}
