import type { ReactNode } from "react";
import { Shell } from "@/components/shell/shell";
import packageJson from "@/package.json";

/** Every page but sign-in. A layout is not run again on navigation, so pages ask for the session themselves too. */
export default async function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <Shell account={{ name: "admin", role: "admin" }} version={packageJson.version}>
      {children}
    </Shell>
  );
}
