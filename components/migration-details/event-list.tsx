import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import type { IconName } from "@/components/ui/icon-shapes";
import { formatClock, formatDay } from "@/lib/migrations/format-time";
import type { ActivityEvent } from "@/lib/migrations/read-model";
import { eventFacts } from "./event-facts";

interface LevelLook {
  icon: IconName;
  tone: string;
  word: string;
}

const LEVELS: Record<ActivityEvent["level"], LevelLook> = {
  info: { icon: "info", tone: "text-muted", word: "Info" },
  warning: { icon: "warning", tone: "text-warn", word: "Warning" },
  error: { icon: "failed", tone: "text-bad", word: "Error" },
};

/** Events, newest first; a day is named where it changes. */
export function EventList({ events }: { events: readonly ActivityEvent[] }) {
  return (
    <ol className="divide-y divide-line rounded-md border border-line">
      {events.map((event, index) => (
        <EventItem key={event.id} event={event} showDay={isNewDay(event, events[index - 1])} />
      ))}
    </ol>
  );
}

function isNewDay(event: ActivityEvent, newer: ActivityEvent | undefined): boolean {
  return newer === undefined || formatDay(event.at) !== formatDay(newer.at);
}

function EventItem({ event, showDay }: { event: ActivityEvent; showDay: boolean }) {
  const look = LEVELS[event.level];
  const where = [event.database, event.object].filter((part) => part !== null).join(" · ");
  return (
    <li className="grid grid-cols-[16px_minmax(0,1fr)] gap-x-2.5 px-3 py-2 text-table sm:grid-cols-[84px_16px_minmax(0,1fr)] sm:px-4">
      <time
        dateTime={event.at}
        className="text-muted max-sm:col-start-2 max-sm:row-start-2 max-sm:text-caption sm:text-right"
      >
        <span className="block">{formatClock(event.at)}</span>
        {showDay && <span className="block text-caption max-sm:inline">{formatDay(event.at)}</span>}
      </time>
      <Icon name={look.icon} className={classNames("mt-px", look.tone)} />
      <div className="min-w-0">
        <p className="flex flex-wrap items-baseline gap-x-3 wrap-anywhere">
          <span className="min-w-0">
            <span className="sr-only">{look.word}: </span>
            {event.message}
          </span>
          {where !== "" && <span className="min-w-0 font-mono text-code text-muted">{where}</span>}
        </p>
        <EventData data={event.data} />
      </div>
    </li>
  );
}

/** The plain values of an event, such as a SQLSTATE or a count. */
function EventData({ data }: { data: ActivityEvent["data"] }) {
  const facts = eventFacts(data);
  if (facts.length === 0) return null;
  return <p className="text-caption text-muted wrap-anywhere">{facts.join(" · ")}</p>;
}
