import { userInfo } from "node:os";

/** Name of the user this process runs as; a container's user need not have one. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] || `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
