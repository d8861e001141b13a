import type { ReactNode } from "react";
import { Shell } from "@/components/shell/shell";
import { requireSession } from "@/lib/server/require-session";
import packageJson from "@/package.json";

/** Every page but sign-in. A layout is not run again on navigation, so pages ask for the session themselves too. */
export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const { name, role } = await requireSession();
  return (
    <Shell account={{ name, role }} version={packageJson.version}>
      {children}
    </Shell>
  );
}
