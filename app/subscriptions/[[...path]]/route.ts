import { resolveArm } from "@/lib/server/arm/resolve";
import { serve } from "@/lib/server/serve";

const handler = serve(resolveArm);

export {
  handler as DELETE,
  handler as GET,
  handler as OPTIONS,
  handler as PATCH,
  handler as POST,
  handler as PUT,
};
