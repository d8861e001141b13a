import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { default as addFormats } from "ajv-formats";
import type { ApiDescription, ApiMethod, ApiOperation } from "@/lib/migrations/api-description";
import { buildDescription } from "../openapi/build-description";

/** Checks answers against the description of the API. */
export interface AnswerCheck {
  /** What is wrong with an answer to `method` on `pathname`; null when it is as described. */
  problemOf(method: string, pathname: string, response: Response): Promise<string | null>;
}

/** A check of the description as it is now. Schemas are compiled when the first answer of their kind comes. */
export function answerCheck(): AnswerCheck {
  const description = JSON.parse(JSON.stringify(buildDescription())) as ApiDescription;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(description, "api");
  const paths = Object.keys(description.paths)
    .map((path) => ({ path, pattern: patternOf(path) }))
    // Fixed words go before names.
    .sort((a, b) => a.path.split("{").length - b.path.split("{").length);
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = (pointer: string) => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `api${pointer}` });
    compiled.set(pointer, known);
    return known;
  };
  const operationOf = (method: string, pathname: string): [string, ApiOperation] | null => {
    const found = paths.find(({ pattern }) => pattern.test(pathname));
    const verb = (method === "HEAD" ? "get" : method.toLowerCase()) as ApiMethod;
    const operation = found && description.paths[found.path]?.[verb];
    return operation ? [`#/paths/${pointerOf(found.path)}/${verb}`, operation] : null;
  };

  return {
    async problemOf(method, pathname, response) {
      const [place, operation] = operationOf(method, pathname) ?? [null, null];
      const status = String(response.status);
      const told = operation?.responses[status] ? status : "default";
      if (told === "default" && response.status < 400) return `status ${status} is not described`;
      const text = method === "HEAD" ? "" : await response.text();
      const content = operation?.responses[told]?.content;
      if (told !== "default" && !content) return text === "" ? null : "a body is not described";
      if (text === "") return method === "HEAD" || response.status === 200 ? null : "the body is missing";
      const type = response.headers.get("content-type")?.split(";")[0] ?? "none";
      if (told !== "default" && !content?.[type]) return `content type ${type} is not described`;
      if (type !== "application/json") return told === "default" ? `an error as ${type}` : null;
      const pointer =
        place === null
          ? "#/components/schemas/Error"
          : `${place}/responses/${told}/content/${pointerOf(type)}/schema`;
      const validate = validatorOf(pointer);
      return validate(JSON.parse(text)) ? null : ajv.errorsText(validate.errors);
    },
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}/*$`, "i");
}

/** A key as a JSON pointer within a URI fragment. */
function pointerOf(key: string): string {
  return encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
}
