import { ArmError } from "@/lib/arm/arm-error";

/** Where in a template something is: the way to it, and for expressions the character. */
export interface TemplatePlace {
  /** "resources[0].properties.sslMode" */
  path: string;
  /** Of the first wrong character of an expression, from 1; absent when the whole value is meant. */
  position?: number;
}

/** 400 InvalidTemplate as Resource Manager answers it. `message` never holds a value that could be secret. */
export function templateError(place: TemplatePlace, message: string): ArmError {
  const { path, position } = place;
  const where = position === undefined ? "" : `, character ${position}`;
  const at = path === "" ? "" : ` (${path}${where})`;
  return new ArmError(400, "InvalidTemplate", `Deployment template validation failed: '${message}'${at}.`, {
    target: path === "" ? "properties.template" : `properties.template.${path}`,
    additionalInfo: [
      { type: "TemplateViolation", info: { path, ...(position === undefined ? {} : { position }) } },
    ],
  });
}

/** `path` with one more step: a property, or a place in an array. */
export function below(path: string, step: string | number): string {
  if (typeof step === "number") return `${path}[${step}]`;
  return path === "" ? step : `${path}.${step}`;
}

/**
 * 400 TemplateFeatureNotSupported for what Resource Manager knows and Howdah does not. `target`: where in the request it stands;
 * `message` names the feature and what to do instead.
 */
export function unsupportedFeature(target: string, message: string): ArmError {
  return new ArmError(400, "TemplateFeatureNotSupported", message, { target });
}
