"use client";

import { createContext, type ReactNode, use, useEffect, useState } from "react";

const PageNameContext = createContext<string | null>(null);
const SetPageNameContext = createContext<(name: string | null) => void>(() => undefined);

/** Lets a page name itself in the breadcrumb above it. */
export function PageNameProvider({ children }: { children: ReactNode }) {
  const [name, setName] = useState<string | null>(null);
  return (
    <SetPageNameContext value={setName}>
      <PageNameContext value={name}>{children}</PageNameContext>
    </SetPageNameContext>
  );
}

/** The name the present page gave itself, or null. */
export function usePageName(): string | null {
  return use(PageNameContext);
}

/** Shows `name` as the last crumb while the page is open; renders nothing. For pages whose path does not say their name. */
export function PageName({ name }: { name: string }) {
  const setName = use(SetPageNameContext);
  useEffect(() => {
    setName(name);
    return () => setName(null);
  }, [name, setName]);
  return null;
}
