/** A resource as az prints it: its properties beside id, name and type; an extension of Howdah's own keeps its name. */
export function flattenResource(resource: unknown): Record<string, unknown> {
  const { properties, ...rest } = resource as Record<string, unknown>;
  return { ...rest, ...(properties as Record<string, unknown> | undefined) };
}
