import { objectOf } from "@/lib/arm/json-values";
import { DEPLOYMENT_TYPE } from "@/lib/migrations/resource-paths";
import { below, unsupportedFeature } from "./template-error";

/** Keys of a whole template that Resource Manager knows and Howdah does not, with what to do instead. */
const TEMPLATE_KEYS: Readonly<Record<string, string>> = {
  languageversion: "symbolic names (languageVersion 2.0) are not supported: write 'resources' as an array.",
  definitions: "user-defined types are not supported: give each parameter one of the basic types.",
  imports: "imports are not supported: write what they would bring into the template.",
  extensions: "extensions are not supported.",
};

/** Keys of a resource, likewise. */
const RESOURCE_KEYS: Readonly<Record<string, string>> = {
  copy: "loops ('copy') are not supported: write a resource for each migration.",
  resources:
    "child resources are not supported: write the migration as a resource of its own, named 'server/migration'.",
  existing: "existing resources are not supported: name the server in the migration's name.",
  scope: "other scopes are not supported: everything goes to Howdah's own resource group.",
  subscriptionid: "other subscriptions are not supported: everything goes to Howdah's own resource group.",
  resourcegroup: "other resource groups are not supported: everything goes to Howdah's own.",
};

/**
 * Looks for features of templates that Howdah has not, before the form is checked, so that each is refused by its name. Throws
 * ArmError TemplateFeatureNotSupported; other mistakes are left to the check of the form.
 */
export function refuseUnsupported(json: unknown): void {
  const template = objectOf(json);
  refuseKeys(template, TEMPLATE_KEYS, "");
  if (keyOf(objectOf(template["variables"]), "copy") !== null) throw loop("variables.copy");
  for (const [name, output] of Object.entries(objectOf(template["outputs"]))) {
    if (keyOf(objectOf(output), "copy") !== null) throw loop(`outputs.${name}.copy`);
  }
  if (!Array.isArray(template["resources"])) return;
  for (const [index, resource] of template["resources"].entries()) {
    refuseResource(objectOf(resource), below("resources", index));
  }
}

function refuseResource(resource: Readonly<Record<string, unknown>>, path: string): void {
  const { type } = resource;
  if (typeof type === "string" && type.toLowerCase() === DEPLOYMENT_TYPE.toLowerCase()) {
    const isLinked = keyOf(objectOf(resource["properties"]), "templateLink") !== null;
    const message = isLinked
      ? "linked templates ('templateLink') are not supported: write their resources into this one."
      : "nested templates are not supported: write their resources into this one.";
    throw refused(`${path}.type`, message);
  }
  refuseKeys(resource, RESOURCE_KEYS, path);
  if (keyOf(objectOf(resource["properties"]), "copy") !== null) throw loop(`${path}.properties.copy`);
}

function refuseKeys(
  json: Readonly<Record<string, unknown>>,
  messages: Readonly<Record<string, string>>,
  path: string,
): void {
  for (const key of Object.keys(json)) {
    const known = key.toLowerCase();
    const message = Object.hasOwn(messages, known) ? messages[known] : undefined;
    if (message !== undefined) throw refused(below(path, key), message);
  }
}

function loop(path: string) {
  return refused(path, "loops ('copy') are not supported: write out each entry.");
}

function refused(path: string, message: string) {
  return unsupportedFeature(
    `properties.template.${path}`,
    `${message.charAt(0).toUpperCase()}${message.slice(1)} (${path})`,
  );
}

/** A key's spelling in the object, whatever case it is written in; null when it is not there. */
function keyOf(json: Readonly<Record<string, unknown>>, name: string): string | null {
  return Object.keys(json).find((key) => key.toLowerCase() === name.toLowerCase()) ?? null;
}
