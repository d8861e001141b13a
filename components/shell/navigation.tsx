"use client";

import Link from "next/link";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import type { IconName } from "@/components/ui/icon-shapes";
import { countNoun } from "@/lib/migrations/format-quantity";

interface NavigationProps {
  pathname: string;
  activeMigrations: number | null;
  workersOnline: number | null;
  version: string;
  /** "folded" icons only; "auto" icons on narrow windows; "full" always with words. */
  form: "folded" | "auto" | "full";
  onNavigate?: () => void;
}

const PLACES: { href: string; label: string; icon: IconName; prefix: string }[] = [
  { href: "/", label: "Migrations", icon: "migrations", prefix: "/migrations" },
  { href: "/servers", label: "Servers", icon: "server", prefix: "/servers" },
  { href: "/rules", label: "Rules", icon: "check", prefix: "/rules" },
  { href: "/activity", label: "Activity", icon: "activity", prefix: "/activity" },
];

/** The places of the product, with the version and the workers at its foot. */
export function Navigation({
  pathname,
  activeMigrations,
  workersOnline,
  version,
  form,
  onNavigate,
}: NavigationProps) {
  const words = { folded: "sr-only", auto: "max-xl:sr-only", full: "" }[form];
  const hidden = { folded: "hidden", auto: "max-xl:hidden", full: "" }[form];
  return (
    <div className="flex h-full flex-col overflow-auto px-2 py-3">
      <ul className="grid gap-0.5">
        {PLACES.map((place) => {
          const current = pathname === place.href || pathname.startsWith(place.prefix);
          const count = place.href === "/" ? activeMigrations : null;
          return (
            <li key={place.href}>
              <Link
                href={place.href}
                {...(form === "full" ? {} : { title: place.label })}
                aria-current={current ? "page" : undefined}
                onClick={() => onNavigate?.()}
                className={classNames(
                  "relative flex items-center gap-2.5 rounded-md px-2 font-medium whitespace-nowrap text-muted hover:bg-hover hover:text-fg",
                  "aria-[current]:bg-hover aria-[current]:text-fg",
                  "aria-[current]:before:absolute aria-[current]:before:inset-y-[7px] aria-[current]:before:-left-2 aria-[current]:before:w-0.5 aria-[current]:before:bg-accent",
                  form === "full" ? "h-10" : "h-8",
                  form === "folded" && "justify-center px-0",
                  form === "auto" && "max-xl:justify-center max-xl:px-0",
                )}
              >
                <Icon name={place.icon} />
                <span className={words}>{place.label}</span>
                {count ? (
                  <span className={classNames("ml-auto text-caption", hidden)}>
                    {count}
                    <span className="sr-only"> active</span>
                  </span>
                ) : null}
              </Link>
            </li>
          );
        })}
      </ul>
      <footer className={classNames("mt-auto grid gap-0.5 p-2 text-caption text-muted", hidden)}>
        <span>
          Howdah {version} ·{" "}
          <Link href="/api-docs" onClick={() => onNavigate?.()}>
            API
          </Link>
        </span>
        <Workers online={workersOnline} />
      </footer>
    </div>
  );
}

function Workers({ online }: { online: number | null }) {
  if (online === null) return null;
  if (online > 0) return <span>{countNoun(online, "worker")} online</span>;
  return (
    <span className="flex items-center gap-1.5 text-warn">
      <Icon name="warning" size={14} />
      No worker online
    </span>
  );
}
