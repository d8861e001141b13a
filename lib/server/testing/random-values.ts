import fc from "fast-check";
import { z } from "zod";
import type { ApiDescription } from "@/lib/migrations/api-description";

/** What of a JSON schema says which values fit it. */
const form = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

const MOST_DEPTH = 6;

/** Texts that mean something to some property or other, or are hard to store. */
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    ...[
      "",
      "True",
      "false",
      "crm",
      "m1",
      "db.example.com:5432@postgres",
      "127.0.0.1",
      "2033-01-01T00:00:00Z",
    ],
    ...[
      "\0",
      "\ud800",
      "x".repeat(2000),
      "__proto__",
      "[concat('a')]",
      "11111111-1111-1111-1111-111111111111",
    ],
  ),
);

/**
 * Values that mostly fit a schema of the API's description: a wrong one now and then, so that what lies behind the check of the
 * form is reached, too.
 */
export function valuesOf(schema: unknown, description: ApiDescription, depth = 0): fc.Arbitrary<unknown> {
  const fitting = fittingValues(form.catch({}).parse(schema), description, depth);
  return fc.oneof(
    { arbitrary: fitting, weight: 12 },
    { arbitrary: fc.jsonValue({ maxDepth: 1 }), weight: 1 },
  );
}

function fittingValues(
  { $ref, enum: values, anyOf, oneOf, ...rest }: z.infer<typeof form>,
  description: ApiDescription,
  depth: number,
): fc.Arbitrary<unknown> {
  if (depth > MOST_DEPTH) return fc.constant(null);
  const below = (schema: unknown) => valuesOf(schema, description, depth + 1);
  if ($ref !== undefined) {
    return below(description.components.schemas[$ref.replace("#/components/schemas/", "")]);
  }
  if (rest.const !== undefined) return fc.constant(rest.const);
  if (values) return fc.constantFrom(...values);
  const choices = anyOf ?? oneOf;
  if (choices) return fc.oneof(...choices.map(below));
  switch (rest.type) {
    case "object": {
      const entries = Object.entries(rest.properties ?? {});
      if (entries.length === 0)
        return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }));
      const model = Object.fromEntries(entries.map(([name, property]) => [name, below(property)]));
      return fc.record(model, { requiredKeys: rest.required ?? [] });
    }
    case "array":
      return fc.array(below(rest.items), { maxLength: 3 });
    case "integer":
      return fc.integer({ min: Math.max(rest.minimum ?? -5, -1e9), max: Math.min(rest.maximum ?? 100, 1e9) });
    case "number":
      return fc.double({ noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "string":
      return text;
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}
