import { Fragment } from "react";
import { Icon } from "@/components/ui/icon";
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
      <details className="group/operation">
        <summary className="grid cursor-pointer grid-cols-[16px_minmax(0,1fr)] gap-x-3 px-4 py-2 hover:bg-surface focus-visible:-outline-offset-2 md:grid-cols-[16px_64px_minmax(0,1fr)]">
          <Icon
            name="right"
            className="mt-0.5 text-muted transition-[rotate] duration-100 group-open/operation:rotate-90"
          />
          <span className="font-medium uppercase">{method}</span>
          <span className="min-w-0 max-md:col-start-2">
            <code className="wrap-anywhere">
              <Breakable path={path} />
            </code>
            <span className="block text-muted">{operation.summary}</span>
          </span>
        </summary>
        <dl className="grid gap-x-4 gap-y-1.5 px-4 pt-1 pb-3 pl-11 md:grid-cols-[176px_minmax(0,1fr)]">
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

/** A path that breaks between its segments before it breaks within one. */
function Breakable({ path }: { path: string }) {
  const segments = path.split("/");
  return segments.map((segment, index) => (
    // Segments repeat; the path up to them does not.
    <Fragment key={segments.slice(0, index + 1).join("/")}>
      {index > 0 && (
        <>
          <wbr />/
        </>
      )}
      {segment}
    </Fragment>
  ));
}

function Content({ content }: { content: ApiContent }) {
  return Object.entries(content).map(([type, { schema }]) => {
    const name = referenceOf(schema);
    return (
      <span key={type} className="mr-3 wrap-anywhere">
        {name ? (
          <a href={`#${schemaAnchor(name)}`} className="link">
            {typeOf(schema)}
          </a>
        ) : (
          <code>{type}</code>
        )}
      </span>
    );
  });
}
