import { ArmError } from "@/lib/arm/arm-error";
import { serve } from "@/lib/server/serve";

const handler = serve(() => {
  throw new ArmError(404, "NotFound", "There is no such resource in this API.");
});

export {
  handler as DELETE,
  handler as GET,
  handler as OPTIONS,
  handler as PATCH,
  handler as POST,
  handler as PUT,
};
