import { readVerification } from "@/lib/server/endpoints/verifications";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: readVerification });
