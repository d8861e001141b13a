import { resolveArm } from "@/lib/server/arm/resolve";
import { serve } from "@/lib/server/serve";
import { countArmCall } from "@/lib/server/throttle";

const handler = serve(resolveArm, { countCall: countArmCall });

export {
  handler as DELETE,
  handler as GET,
  handler as OPTIONS,
  handler as PATCH,
  handler as POST,
  handler as PUT,
};
