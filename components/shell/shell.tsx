"use client";

import { usePathname } from "next/navigation";
import { type ReactNode, useCallback, useState } from "react";
import { Button } from "@/components/ui/button";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import { type Account, AccountMenu } from "./account-menu";
import { breadcrumbOf } from "./breadcrumb";
import { HelpSheet } from "./help-sheet";
import { Navigation } from "./navigation";
import { NavigationSheet } from "./navigation-sheet";
import { PageNameProvider, usePageName } from "./page-name";
import { ThemeToggle } from "./theme-control";
import { TopBar } from "./top-bar";
import { useShellStatus } from "./use-shell-status";
import { useShortcuts } from "./use-shortcuts";

interface ShellProps {
  account: Account;
  /** Howdah's own version. */
  version: string;
  children: ReactNode;
}

/** What surrounds every page of a signed-in person. Pages bring their own h1. */
export function Shell(props: ShellProps) {
  return (
    <PageNameProvider>
      <Frame {...props} />
    </PageNameProvider>
  );
}

function Frame({ account, version, children }: ShellProps) {
  const pathname = usePathname();
  const pageName = usePageName();
  const status = useShellStatus();
  const [helpOpen, setHelpOpen] = useState(false);
  const [sheetOpen, setSheetOpen] = useState(false);
  const showHelp = useCallback(() => setHelpOpen(true), []);
  const shortcuts = useShortcuts(showHelp);
  // The wizard's own list of steps needs the room.
  const folded = pathname === "/migrations/new";
  const navigation = { pathname, version, ...status };

  return (
    <div
      className={classNames(
        "grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[var(--top)_1fr] sm:grid-cols-[var(--rail)_minmax(0,1fr)]",
        !folded && "xl:grid-cols-[var(--nav)_minmax(0,1fr)]",
      )}
    >
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md border border-control bg-bg px-3 py-1.5 focus:translate-y-0"
      >
        Skip to content
      </a>
      <TopBar
        crumbs={breadcrumbOf(pathname, pageName)}
        folded={folded}
        lead={
          <NavigationSheet open={sheetOpen} onOpenChange={setSheetOpen}>
            <Navigation {...navigation} form="full" onNavigate={() => setSheetOpen(false)} />
          </NavigationSheet>
        }
      >
        <ThemeToggle />
        <Button
          variant="quiet"
          size="icon"
          aria-label="Help and keyboard shortcuts"
          aria-keyshortcuts="?"
          onClick={showHelp}
        >
          <Icon name="help" />
        </Button>
        <AccountMenu account={account} />
      </TopBar>
      <nav
        aria-label="Main"
        className="sticky top-(--top) h-[calc(100dvh-var(--top))] border-r border-line bg-surface max-sm:hidden"
      >
        <Navigation {...navigation} form={folded ? "folded" : "auto"} />
      </nav>
      <main
        id="main"
        tabIndex={-1}
        className={classNames("min-w-0 p-4 sm:p-6", folded && "flex flex-col pb-0 sm:pb-0")}
      >
        {children}
      </main>
      <HelpSheet open={helpOpen} onOpenChange={setHelpOpen} shortcuts={shortcuts} />
    </div>
  );
}
