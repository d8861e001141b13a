"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useId, useMemo, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/input";
import type { DatabaseFilterBody } from "@/lib/migrations/filter";
import type { SourceObjects } from "@/lib/migrations/filter-preview";
import { countNoun, formatBytesOf, groupDigits } from "@/lib/migrations/format-quantity";
import { flattenTree, foundTables, type TreeNode } from "./flatten-tree";
import { ObjectStates } from "./object-states";
import { tickIndex, tickRows, tickSchema, tickTables } from "./tick-objects";
import { moveInTree } from "./tree-keys";
import { actionAt, rowState, TreeRow } from "./tree-row";

interface ObjectTreeProps {
  database: string;
  objects: SourceObjects;
  filter: DatabaseFilterBody;
  onChange: (filter: DatabaseFilterBody) => void;
}

const ROW_HEIGHT = 32;
const OVERSCAN = 10;
/** Rows of the window; PageUp and PageDown go as far. */
const PAGE = 10;

/** Schemas, tables, rows and indexes of one database with tick boxes. Only the lines in sight exist: there may be thousands. */
export function ObjectTree({ database, objects, filter, onChange }: ObjectTreeProps) {
  const id = useId();
  const [search, setSearch] = useState("");
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(() => firstOpen(objects));
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const states = useMemo(() => new ObjectStates(objects, filter), [objects, filter]);
  const nodes = useMemo(() => flattenTree(objects, expanded, search), [objects, expanded, search]);
  const totals = useMemo(() => states.totals(), [states]);
  const active = Math.max(
    0,
    nodes.findIndex(({ key }) => key === activeKey),
  );
  const virtualizer = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });

  const toggleOpen = (node: TreeNode) => {
    const key = search.trim() !== "" && node.kind === "schema" ? `closed ${node.key}` : node.key;
    const next = new Set(expanded);
    if (!next.delete(key)) next.add(key);
    setExpanded(next);
  };
  const tick = (node: TreeNode) => {
    const state = rowState(states, node);
    if (state.locked === null) onChange(ticked(node, state.ticked !== true, { filter, objects, states }));
  };
  const toggleRows = ({ schema, relation }: TreeNode) => {
    if (!relation) return;
    const on = !states.table(schema, relation).hasRows;
    onChange(tickRows(filter, objects, states, { schema, relation }, on));
  };
  const goTo = (index: number) => {
    const node = nodes[index];
    if (!node) return;
    setActiveKey(node.key);
    virtualizer.scrollToIndex(index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const node = nodes[active];
    if (!node || event.altKey || event.ctrlKey || event.metaKey) return;
    const move = moveInTree(event.key, nodes, active, PAGE);
    if (move === null) return;
    event.preventDefault();
    if (move === "toggle") toggleOpen(node);
    else if (move === "tick") tick(node);
    else goTo(move);
  };

  const onClick = (event: MouseEvent<HTMLElement>) => {
    const clicked = event.target instanceof Element ? actionAt(event.target) : null;
    const node = clicked && nodes[clicked.index];
    if (!node) return;
    setActiveKey(node.key);
    scroller.current?.focus({ preventScroll: true });
    if (clicked.action === "expand") toggleOpen(node);
    else if (clicked.action === "rows") toggleRows(node);
    else tick(node);
  };

  const found = search.trim() === "" ? [] : foundTables(objects, search);
  const tickFound = (on: boolean) =>
    onChange(
      tickTables(
        filter,
        objects,
        found.filter(({ schema, relation }) => states.table(schema, relation).locked === null),
        on,
      ),
    );
  return (
    <div className="overflow-hidden rounded-md border border-line bg-bg">
      <div className="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <SearchInput
          label={`Find tables and indexes of ${database}`}
          placeholder="Find tables and indexes"
          className="min-w-40 flex-1"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            // Enter would go on to the next step.
            if (event.key === "Enter") event.preventDefault();
          }}
        />
        {found.length > 0 && (
          <>
            <Button onClick={() => tickFound(true)}>Include {groupDigits(found.length)} found</Button>
            <Button onClick={() => tickFound(false)}>Leave out {groupDigits(found.length)} found</Button>
          </>
        )}
      </div>
      {nodes.length === 0 && (
        <p className="px-4 py-6 text-center text-muted">
          {search.trim() === "" ? "The database has no schemas." : `Nothing matches “${search.trim()}”.`}
        </p>
      )}
      <div
        ref={scroller}
        role="tree"
        aria-label={`Objects of ${database}`}
        aria-activedescendant={nodes.length > 0 ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onFocus={() => nodes.length > 0 && virtualizer.scrollToIndex(active)}
        className="group/tree max-h-80 overflow-y-auto text-table outline-none"
        hidden={nodes.length === 0}
      >
        <div role="none" className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const node = nodes[index];
            if (!node) return null;
            return (
              <TreeRow
                key={node.key}
                id={`${id}-${index}`}
                index={index}
                node={node}
                state={rowState(states, node)}
                active={index === active}
                offsetPx={start}
              />
            );
          })}
        </div>
      </div>
      <p
        role="status"
        className="flex flex-wrap gap-x-4 border-t border-line bg-surface px-3 py-1.5 text-caption"
      >
        <b className="font-semibold">
          {groupDigits(totals.tablesMoving)} of {countNoun(totals.tables, "table")}
        </b>
        <span>{formatBytesOf(totals.bytesMoving, totals.bytes)}</span>
        {objects.truncated && <span className="text-warn">The list is cut; use patterns for the rest.</span>}
      </p>
    </div>
  );
}

interface TickContext {
  filter: DatabaseFilterBody;
  objects: SourceObjects;
  states: ObjectStates;
}

/** The filter after a line was ticked or unticked. */
function ticked(node: TreeNode, on: boolean, { filter, objects, states }: TickContext): DatabaseFilterBody {
  const { schema, relation, index } = node;
  if (!relation) return tickSchema(filter, objects, schema, on);
  const table = { schema, relation };
  if (node.kind === "rows") return tickRows(filter, objects, states, table, on);
  return index ? tickIndex(filter, table, index.name, on) : tickTables(filter, objects, [table], on);
}

/** A database of one schema opens with it. */
function firstOpen({ schemas }: SourceObjects): ReadonlySet<string> {
  const [only] = schemas.filter(({ relations }) => relations.length > 0);
  const isOnly = schemas.filter(({ relations }) => relations.length > 0).length === 1;
  return new Set(only && isOnly ? [JSON.stringify([only.name])] : []);
}
