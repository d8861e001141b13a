import { z } from "zod";
import { storeAnswers } from "@/lib/store/health";
import { endpoint } from "../endpoint";

/** GET /api/health: 200 when the store answers, else 503; open, so it tells nothing else. */
export const readHealth = endpoint({
  action: "Howdah/health/read",
  access: "open",
  summary: "Tells whether the store answers.",
  statuses: [200, 503],
  output: z.object({ status: z.enum(["ok", "unavailable"]) }),
  async handle() {
    return (await storeAnswers())
      ? { body: { status: "ok" as const } }
      : { status: 503, body: { status: "unavailable" as const }, headers: { "retry-after": "5" } };
  },
});
