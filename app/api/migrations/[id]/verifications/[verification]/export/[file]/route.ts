import { downloadVerification } from "@/lib/server/endpoints/verification-downloads";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: downloadVerification });
