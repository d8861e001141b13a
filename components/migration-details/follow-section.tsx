"use client";

import { Note } from "@/components/ui/note";
import { countNoun } from "@/lib/migrations/format-quantity";
import type { FollowedDatabase, MigrationDetails, OnlineDetails } from "@/lib/migrations/read-model";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { FollowTable } from "./follow-table";
import { pluginsOf } from "./plugins-of";
import { SlotList } from "./slot-list";
import { UnfollowedList } from "./unfollowed-list";

/** How each database follows the source; nothing before the first one does. */
export function FollowSection({ migration }: { migration: MigrationDetails }) {
  const { online } = migration;
  if (online === null || online.databases.length === 0) return null;
  // Azure's service does not tell how it reads.
  const own = migration.runBy === "howdah";
  const stopped = online.databases.flatMap(({ name, stopped: tables }) =>
    tables.map((table) => ({ database: name, ...table })),
  );
  return (
    <div className="mb-6 grid gap-4">
      <section aria-labelledby="change-stream">
        <div className="mb-2 flex flex-wrap items-baseline gap-x-3">
          <h2 id="change-stream" className="font-semibold">
            Change stream
          </h2>
          {own && (
            <span className="text-caption text-muted">
              Read with {pluginsOf(online).join(" and ")}, applied in the order of the commits
            </span>
          )}
        </div>
        <div className="lg:overflow-hidden lg:rounded-md lg:border lg:border-line">
          <FollowTable migration={migration} databases={online.databases} />
        </div>
      </section>
      <Divergences online={online} />
      {stopped.length > 0 && <UnfollowedList tables={stopped} />}
      {own && !isTerminal(migration.state) && (
        <SlotList databases={online.databases.filter(isFollowed)} walLimitBytes={online.walLimitBytes} />
      )}
    </div>
  );
}

/** After its cutover a database has no slot any more. */
function isFollowed({ cutover }: FollowedDatabase): boolean {
  return cutover === null;
}

function Divergences({ online }: { online: OnlineDetails }) {
  const diverged = online.databases.filter(({ divergences }) => divergences > 0);
  if (diverged.length === 0) return null;
  const total = diverged.reduce((sum, { divergences }) => sum + divergences, 0);
  return (
    <Note tone="bad" role="status" title={`${countNoun(total, "change")} found another row on the target`}>
      <p>
        {diverged.map(({ name, divergences }) => `${name}: ${divergences}`).join(", ")}. Each is among the
        problems, with its table and key.{" "}
        {online.onDivergence === "stop"
          ? "The database does not go on, as chosen."
          : "It was counted and the rest goes on, as chosen."}{" "}
        Something else writes to the target, or wrote to it.
      </p>
    </Note>
  );
}
