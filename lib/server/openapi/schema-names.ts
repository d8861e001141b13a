import { z } from "zod";
import type { JsonSchema } from "@/lib/migrations/api-description";

/** Which side of a schema counts: what may be sent, or what is answered. */
export type Side = "input" | "output";

const refOf = (name: string) => `#/components/schemas/${name}`;

/**
 * The schemas that a description refers to by name. One that is named is referred to wherever it stands within another;
 * names that are taken get a number.
 */
export class SchemaNames {
  readonly #registries: Record<Side, z.core.$ZodRegistry<{ id: string }>> = {
    input: z.registry<{ id: string }>(),
    output: z.registry<{ id: string }>(),
  };
  readonly #taken = new Set<string>();

  /** A reference to the schema; `name` becomes its name unless it has one. */
  refer(schema: z.ZodType, side: Side, name: string): JsonSchema {
    const known = this.#registries[side].get(schema)?.id;
    if (known !== undefined) return { $ref: refOf(known) };
    let id = name;
    for (let number = 2; this.#taken.has(id); number += 1) id = `${name}${number}`;
    this.#taken.add(id);
    this.#registries[side].add(schema, { id });
    return { $ref: refOf(id) };
  }

  /** All named schemas as JSON Schema 2020-12. */
  toSchemas(): Record<string, JsonSchema> {
    return { ...this.#schemasOf("output"), ...this.#schemasOf("input") };
  }

  #schemasOf(side: Side): Record<string, JsonSchema> {
    const { schemas } = z.toJSONSchema(this.#registries[side], {
      io: side,
      unrepresentable: "any",
      uri: refOf,
    });
    return Object.fromEntries(
      Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
    );
  }
}
