import { readSession, signIn, signOut } from "@/lib/server/endpoints/session";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({
  GET: readSession,
  POST: signIn,
  DELETE: signOut,
});
