"use client";

import { Button } from "@/components/ui/button";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import { formatAge } from "@/lib/migrations/format-duration";
import type { LiveState } from "./poll-interval";
import type { Live } from "./use-live";
import { useNow } from "./use-now";

/** Says how fresh the page is and lets a person stop it from changing under their eyes (WCAG 2.2.2). */
export function LiveIndicator({ live, renderedAtMs }: { live: Live<object>; renderedAtMs: number }) {
  const paused = live.state === "paused";
  return (
    <span className="flex min-w-0 items-center text-caption text-muted">
      <span
        aria-hidden="true"
        className={classNames("mr-1.5 size-2 shrink-0 rounded-full", DOT[live.state])}
      />
      <IndicatorText live={live} renderedAtMs={renderedAtMs} />
      <Button
        variant="quiet"
        size="small"
        className="ml-1"
        aria-label={paused ? "Resume updates of this page" : "Pause updates of this page"}
        onClick={() => live.setPaused(!paused)}
      >
        <Icon name={paused ? "play" : "pause"} size={14} />
        <span className="max-sm:hidden">{paused ? "Resume updates" : "Pause updates"}</span>
      </Button>
    </span>
  );
}

const DOT: Record<LiveState, string> = { live: "bg-ok", paused: "bg-off", retrying: "bg-warn" };

function IndicatorText({ live, renderedAtMs }: { live: Live<object>; renderedAtMs: number }) {
  const now = useNow(renderedAtMs);
  const age = formatAge(now - live.updatedAt);
  if (live.state === "paused") return <span className="truncate">Not updated for {age}</span>;
  if (live.state === "live") return <span className="truncate">Updated {age} ago</span>;
  if (live.failure?.status === 401) {
    return (
      <a className="link" href="/sign-in">
        Session ended · sign in
      </a>
    );
  }
  return (
    <span className="truncate text-warn" title={`${live.failure?.message ?? ""} From ${age} ago.`.trim()}>
      Live updates paused · retrying
    </span>
  );
}
