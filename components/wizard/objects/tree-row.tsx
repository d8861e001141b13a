import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import type { SourceRelation } from "@/lib/migrations/filter-preview";
import { formatBytes, groupDigits } from "@/lib/migrations/format-quantity";
import type { TreeNode } from "./flatten-tree";
import { canBeEmpty, type ObjectStates, type Ticked } from "./object-states";

/** What a row shows besides its name. */
export interface RowState {
  ticked: Ticked;
  /** Why it cannot be ticked; null when it can. */
  locked: string | null;
  note: string | null;
  bytes: number | null;
  rows: number | null;
}

const KIND_NOTES: Record<SourceRelation["kind"], string | null> = {
  table: null,
  "partitioned-table": "partitioned",
  partition: "partition",
  view: "view",
  "materialized-view": "materialised view",
  "foreign-table": "foreign table",
};

/** State of a line under a filter. */
export function rowState(states: ObjectStates, node: TreeNode): RowState {
  const { schema, relation, index } = node;
  if (!relation) {
    return {
      ticked: states.schemaTicked(schema),
      locked: states.schemaLocked(schema),
      note: null,
      bytes: null,
      rows: null,
    };
  }
  const { moves, hasRows, locked } = states.table(schema, relation);
  if (node.kind === "rows")
    return { ticked: moves && hasRows, locked, note: null, bytes: relation.bytes, rows: relation.rows };
  if (index) {
    const state = states.index(schema, relation, index.name);
    return {
      ticked: state.moves,
      locked: locked ?? state.locked,
      note: "index",
      bytes: index.bytes,
      rows: null,
    };
  }
  const notes = [KIND_NOTES[relation.kind], moves && !hasRows ? "structure only" : null];
  return {
    ticked: states.tableTicked(schema, relation),
    locked,
    note: notes.filter((note) => note !== null).join(", ") || null,
    bytes: relation.bytes,
    rows: relation.rows,
  };
}

interface TreeRowProps {
  id: string;
  node: TreeNode;
  state: RowState;
  active: boolean;
  offsetPx: number;
  onTick: () => void;
  onExpand: () => void;
  /** Takes the rows of a table away, or brings them back. */
  onRows: (on: boolean) => void;
}

const INDENTS = { 1: "pl-2", 2: "pl-6", 3: "pl-12" } as const;

/** One line. The tree has the focus; the buttons are for the pointer only, the keys do the same. */
export function TreeRow({ id, node, state, active, offsetPx, onTick, onExpand, onRows }: TreeRowProps) {
  const { kind, schema, relation, index, level, expanded } = node;
  const name = kind === "rows" ? "Rows" : (index?.name ?? relation?.name ?? schema);
  const isEmptiable = kind === "table" && relation !== null && canBeEmpty(relation) && state.ticked !== false;
  const aside = state.locked ?? state.note;
  const size =
    state.bytes === null || (state.bytes === 0 && kind !== "index") ? "" : formatBytes(state.bytes);
  const isEmpty = state.note?.includes("structure only") === true;
  return (
    <div
      id={id}
      role="treeitem"
      aria-label={[name, aside, size].filter((text) => text).join(", ")}
      aria-level={level}
      aria-posinset={node.position}
      aria-setsize={node.siblings}
      aria-expanded={expanded ?? undefined}
      aria-checked={state.ticked}
      aria-disabled={state.locked !== null || undefined}
      // Focusable by script only: the tree itself keeps the focus and names its active line.
      tabIndex={-1}
      className={classNames(
        "absolute inset-x-0 flex h-8 items-center gap-2 pr-3 hover:bg-surface",
        INDENTS[level],
        active &&
          "bg-hover outline-2 -outline-offset-2 outline-transparent group-focus-visible/tree:outline-accent",
        state.ticked === false && "text-muted",
      )}
      style={{ transform: `translateY(${offsetPx}px)` }}
    >
      {expanded === null ? (
        <span className="size-6 shrink-0" />
      ) : (
        <button
          type="button"
          tabIndex={-1}
          aria-hidden
          onClick={onExpand}
          className="grid size-6 shrink-0 place-items-center rounded-sm text-muted hover:bg-hover"
        >
          <Icon
            name="right"
            size={14}
            className={classNames("transition-transform", expanded && "rotate-90")}
          />
        </button>
      )}
      <button
        type="button"
        tabIndex={-1}
        aria-hidden
        onClick={onTick}
        className={classNames(
          "flex h-full min-w-0 flex-1 items-center gap-2 text-left",
          state.locked !== null && "cursor-not-allowed",
        )}
      >
        <TickBox ticked={state.ticked} locked={state.locked !== null} />
        <span
          className={classNames(
            "truncate",
            kind === "schema" && "font-semibold",
            index && "font-mono text-code",
          )}
          title={name}
        >
          {name}
        </span>
        {aside !== null && (
          <span className="shrink-0 truncate text-caption text-muted max-sm:max-w-24" title={aside}>
            {aside}
          </span>
        )}
      </button>
      {isEmptiable && state.locked === null && (
        <button
          type="button"
          tabIndex={-1}
          aria-hidden
          onClick={() => onRows(isEmpty)}
          className="shrink-0 rounded-sm border border-line px-1.5 text-caption text-muted hover:border-control hover:text-fg max-sm:hidden"
        >
          {isEmpty ? "With rows" : "Structure only"}
        </button>
      )}
      {state.rows !== null && (
        <span className="w-24 shrink-0 text-right text-caption text-muted tabular-nums max-sm:hidden">
          {groupDigits(state.rows)} rows
        </span>
      )}
      <span className="w-16 shrink-0 text-right text-caption tabular-nums">{size}</span>
    </div>
  );
}

function TickBox({ ticked, locked }: { ticked: Ticked; locked: boolean }) {
  return (
    <span
      className={classNames(
        "grid size-4 place-items-center rounded-xs border text-on-solid",
        ticked === false ? "border-control bg-bg" : "border-transparent bg-solid",
        locked && "border-line bg-off-tint text-muted",
      )}
    >
      {ticked !== false && (
        <Icon name={ticked === "mixed" ? "minus" : "check"} size={12} className="stroke-[2.25]" />
      )}
    </span>
  );
}
