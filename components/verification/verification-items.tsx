"use client";

import { useState } from "react";
import { useDebounced } from "@/components/migration-details/use-debounced";
import { FilterSelect } from "@/components/migrations-grid/filter-select";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { groupDigits } from "@/lib/migrations/format-quantity";
import type { VerificationSummary } from "@/lib/migrations/read-model";
import { verifiedStatus } from "@/lib/migrations/status";
import {
  isVerificationEnded,
  VERIFICATION_ITEM_STATES,
  VERIFIED_KINDS,
  type VerificationItemPage,
} from "@/lib/migrations/verification";
import { Pager } from "./pager";
import {
  ITEMS_PER_PAGE,
  type ItemFilter,
  NO_FILTER,
  useItemPage,
  verificationUrl,
} from "./use-verification-items";
import { VerificationItem } from "./verification-item";
import { KIND_LABELS } from "./verification-words";

const SEARCH_PAUSE_MS = 250;
/** Differing objects that are open from the start. */
const OPEN_AT_FIRST = 3;

const KINDS = VERIFIED_KINDS.map((value) => ({ value, label: KIND_LABELS[value] }));

/** Everything a verification compared, what differs first. */
export function VerificationItems({
  migrationId,
  verification,
}: {
  migrationId: string;
  verification: VerificationSummary;
}) {
  const [filter, setFilter] = useState(NO_FILTER);
  const [page, setPage] = useState(0);
  const active = !isVerificationEnded(verification);
  const url = verificationUrl(migrationId, verification.id);
  const search = useDebounced(filter.search.trim(), SEARCH_PAUSE_MS);
  const { data, isError } = useItemPage(url, { ...filter, search }, page, active);
  const change = (part: Partial<ItemFilter>) => {
    setFilter({ ...filter, ...part });
    setPage(0);
  };
  if (!data) {
    return isError ? (
      <p className="mt-4 text-muted">The list could not be read. Reload the page to try again.</p>
    ) : (
      <Skeleton className="mt-4 h-24 w-full" />
    );
  }
  return (
    <section aria-labelledby="verified-objects">
      <div className="mt-5 mb-2 flex flex-wrap items-center gap-2">
        <h2 id="verified-objects" className="mr-2 font-semibold">
          Objects
        </h2>
        <FilterSelect
          label="Result"
          value={filter.state}
          options={stateOptions(data)}
          onChange={(state) => change({ state })}
        />
        <FilterSelect
          label="Kind"
          value={filter.kind}
          options={KINDS}
          onChange={(kind) => change({ kind })}
        />
        {verification.databases.length > 1 && (
          <FilterSelect
            label="Database"
            value={filter.database}
            options={verification.databases.map((name) => ({ value: name, label: name }))}
            onChange={(database) => change({ database })}
          />
        )}
        <SearchInput
          label="Find an object"
          placeholder="Find an object"
          shortcut="/"
          data-page-search
          value={filter.search}
          onChange={(event) => change({ search: event.target.value })}
          className="w-full md:ml-auto md:w-56"
        />
      </div>
      {data.items.map((item, index) => (
        <VerificationItem
          // What turns out to differ opens by itself, also while the list is looked at.
          key={`${item.id} ${opensAtFirst(item.state)}`}
          url={url}
          item={item}
          active={active}
          showDatabase={verification.databases.length > 1}
          defaultOpen={page === 0 && index < OPEN_AT_FIRST && opensAtFirst(item.state)}
        />
      ))}
      {data.items.length === 0 && (
        <NothingFound filter={filter} active={active} onClear={() => change(NO_FILTER)} />
      )}
      <Pager noun="objects" page={page} perPage={ITEMS_PER_PAGE} total={data.total} onChange={setPage} />
    </section>
  );
}

function opensAtFirst(state: string): boolean {
  return state === "different" || state === "unchecked";
}

/** Results there are, with their numbers, worst first. */
function stateOptions({ counts }: VerificationItemPage) {
  const order = ["different", "unchecked", "running", "queued", "equal"] as const;
  return [...VERIFICATION_ITEM_STATES]
    .sort((a, b) => order.indexOf(a) - order.indexOf(b))
    .filter((value) => counts[value] > 0)
    .map((value) => ({ value, label: `${verifiedStatus(value).label} (${groupDigits(counts[value])})` }));
}

function NothingFound({
  filter,
  active,
  onClear,
}: {
  filter: ItemFilter;
  active: boolean;
  onClear: () => void;
}) {
  const filtered = Object.values(filter).some((value) => value);
  if (!filtered) {
    return (
      <p className="text-table text-muted">
        {active ? "The list appears when both sides have been looked at." : "Nothing was compared."}
      </p>
    );
  }
  return (
    <p className="flex flex-wrap items-center gap-2 text-table text-muted">
      No object matches.
      <Button size="small" onClick={onClear}>
        Clear filters
      </Button>
    </p>
  );
}
