import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "@/components/ui/class-names";
import { BrandMark } from "./brand-mark";
import type { Crumb } from "./breadcrumb";

interface TopBarProps {
  crumbs: readonly Crumb[];
  /** The navigation below is folded to icons at every width. */
  folded: boolean;
  /** What stands before the brand on narrow windows. */
  lead: ReactNode;
  /** Buttons at the end. */
  children: ReactNode;
}

/** Brand, way to this page, and what is at the same place on every page. */
export function TopBar({ crumbs, folded, lead, children }: TopBarProps) {
  return (
    <header className="sticky top-0 z-20 col-span-full flex h-(--top) items-center gap-1 border-b border-line bg-bg px-2 sm:gap-2 sm:pr-3 sm:pl-4">
      {lead}
      <Link
        href="/"
        aria-label="Howdah, migrations"
        className={classNames(
          "flex shrink-0 items-center gap-2 rounded-xs font-semibold",
          !folded && "xl:w-[calc(var(--nav)-16px)]",
        )}
      >
        <BrandMark />
        <span className="max-sm:sr-only">Howdah</span>
      </Link>
      <nav aria-label="Breadcrumb" className={classNames("min-w-0 flex-1 pl-2", !folded && "xl:pl-4")}>
        <ol className="flex items-center gap-2 whitespace-nowrap">
          {crumbs.map((crumb) =>
            crumb.href ? (
              <li key={crumb.label} className="flex gap-2 max-sm:hidden">
                <Link href={crumb.href} className="rounded-xs text-muted hover:underline">
                  {crumb.label}
                </Link>
                <span aria-hidden="true" className="text-control">
                  /
                </span>
              </li>
            ) : (
              <li key={crumb.label} aria-current="page" className="truncate font-medium">
                {crumb.label}
              </li>
            ),
          )}
        </ol>
      </nav>
      {children}
    </header>
  );
}
