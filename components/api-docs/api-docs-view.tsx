import { Panel } from "@/components/ui/panel";
import { API_METHODS, type ApiDescription } from "@/lib/migrations/api-description";
import { OperationItem } from "./operation-item";
import { SchemaTable } from "./schema-table";

/** Every operation of the API and the schemas they speak in. */
export function ApiDocsView({ description }: { description: ApiDescription }) {
  const operations = Object.entries(description.paths).flatMap(([path, item]) =>
    API_METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
  return (
    <>
      <h1 tabIndex={-1} className="text-page">
        API
      </h1>
      <p className="mt-1 mb-4 max-w-[720px] text-muted">
        {description.info.description} The same as OpenAPI 3.1:{" "}
        <a href="/api/openapi.json" className="link">
          /api/openapi.json
        </a>
        .
      </p>
      {description.tags.map((tag) => (
        <Panel key={tag.name} title={tag.name} className="mb-4" bodyClassName="p-0">
          <p className="max-w-[720px] px-4 py-2.5 wrap-anywhere text-muted">{tag.description}</p>
          <ul className="border-t border-line">
            {operations
              .filter(({ operation }) => operation.tags.includes(tag.name))
              .map(({ path, method, operation }) => (
                <OperationItem
                  key={operation.operationId}
                  path={path}
                  method={method}
                  operation={operation}
                />
              ))}
          </ul>
        </Panel>
      ))}
      <h2 className="mt-6 mb-2 font-semibold">Schemas</h2>
      {Object.entries(description.components.schemas)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, schema]) => (
          <SchemaTable key={name} name={name} schema={schema} />
        ))}
    </>
  );
}
