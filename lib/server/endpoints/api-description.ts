import { z } from "zod";
import { endpoint } from "../endpoint";

const description = z.looseObject({ openapi: z.literal("3.1.0") });

/** GET /api/openapi.json: the description of all routes. */
export const readApiDescription = endpoint({
  action: "Howdah/apiDescription/read",
  access: "viewer",
  summary: "Describes all of this API in OpenAPI 3.1.",
  output: description,
  async handle() {
    // The description names this operation too.
    const { buildDescription } = await import("../openapi/build-description");
    return { body: { ...buildDescription() } };
  },
});
