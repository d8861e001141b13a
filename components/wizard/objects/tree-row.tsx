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
  /** False when a table moves as structure only. */
  hasRows: boolean;
  bytes: number | null;
  rows: number | null;
}

const KIND_NOTES: Record<SourceRelation["kind"], string | null> = {
  table: null,
  "partitioned-table": "partitioned",
  partition: "partition",
  view: "view",
  "materialized-view": "materialized view",
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
      hasRows: true,
      bytes: null,
      rows: null,
    };
  }
  const { moves, hasRows, locked } = states.table(schema, relation);
  if (node.kind === "rows")
    return {
      ticked: moves && hasRows,
      locked,
      note: null,
      hasRows,
      bytes: relation.bytes,
      rows: relation.rows,
    };
  if (index) {
    const state = states.index(schema, relation, index.name);
    return {
      ticked: state.moves,
      locked: locked ?? state.locked,
      note: "index",
      hasRows,
      bytes: index.bytes,
      rows: null,
    };
  }
  const notes = [KIND_NOTES[relation.kind], moves && !hasRows ? "structure only" : null];
  return {
    ticked: states.tableTicked(schema, relation),
    locked,
    note: notes.filter((note) => note !== null).join(", ") || null,
    hasRows,
    bytes: relation.bytes,
    rows: relation.rows,
  };
}

/** What a click on a part of a line does; anywhere else it ticks. The tree listens, see actionAt(). */
export type RowAction = "tick" | "expand" | "rows";

/** The line below an element of the tree, and what a click there means; null outside of lines. */
export function actionAt(element: Element): { index: number; action: RowAction } | null {
  const row = element.closest<HTMLElement>("[data-row]");
  if (!row) return null;
  const part = element.closest<HTMLElement>("[data-action]")?.dataset["action"];
  return { index: Number(row.dataset["row"]), action: part === "expand" || part === "rows" ? part : "tick" };
}

interface TreeRowProps {
  id: string;
  index: number;
  node: TreeNode;
  state: RowState;
  active: boolean;
  offsetPx: number;
}

const INDENTS = { 1: "pl-2", 2: "pl-6", 3: "pl-12" } as const;

/** One line. The tree has the focus and hears clicks; what is only drawn is for the pointer, the keys do the same. */
export function TreeRow({ id, index, node, state, active, offsetPx }: TreeRowProps) {
  const { kind, schema, relation, level, expanded } = node;
  const name = kind === "rows" ? "Rows" : (node.index?.name ?? relation?.name ?? schema);
  const isEmptiable = kind === "table" && relation !== null && canBeEmpty(relation) && state.ticked !== false;
  const aside = state.locked ?? state.note;
  const hasSize = state.bytes !== null && (state.bytes > 0 || kind === "index");
  return (
    <div
      id={id}
      data-row={index}
      role="treeitem"
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
        active && "outline-2 -outline-offset-2 outline-transparent group-focus-visible/tree:outline-accent",
        state.ticked === false && "text-muted",
        state.locked === null ? "cursor-pointer" : "cursor-not-allowed",
      )}
      style={{ transform: `translateY(${offsetPx}px)` }}
    >
      <span
        aria-hidden
        data-action={expanded === null ? undefined : "expand"}
        className={classNames(
          "grid size-6 shrink-0 place-items-center rounded-sm text-muted",
          expanded !== null && "cursor-pointer hover:bg-hover",
        )}
      >
        {expanded !== null && (
          <Icon
            name="right"
            size={14}
            className={classNames("transition-transform", expanded && "rotate-90")}
          />
        )}
      </span>
      <TickBox ticked={state.ticked} locked={state.locked !== null} />
      <span className="flex min-w-0 flex-1 items-baseline gap-2">
        <span
          className={classNames(
            "truncate",
            kind === "schema" && "font-semibold",
            kind === "index" && "font-mono text-code",
          )}
          title={name}
        >
          {name}
        </span>
        {aside !== null && (
          <span className="max-w-1/2 shrink-0 truncate text-caption text-muted" title={aside}>
            {aside}
          </span>
        )}
      </span>
      {isEmptiable && state.locked === null && (
        <span
          aria-hidden
          data-action="rows"
          className="shrink-0 cursor-pointer rounded-sm border border-line bg-bg px-1.5 text-caption text-muted hover:border-control hover:text-fg max-sm:hidden"
        >
          {state.hasRows ? "Structure only" : "With rows"}
        </span>
      )}
      {state.rows !== null && (
        <span className="w-24 shrink-0 text-right text-caption text-muted tabular-nums max-sm:hidden">
          {groupDigits(state.rows)} rows
        </span>
      )}
      <span className="w-16 shrink-0 text-right text-caption tabular-nums">
        {hasSize ? formatBytes(state.bytes ?? 0) : ""}
      </span>
    </div>
  );
}

function TickBox({ ticked, locked }: { ticked: Ticked; locked: boolean }) {
  return (
    <span
      aria-hidden
      className={classNames(
        "grid size-4 shrink-0 place-items-center rounded-xs border",
        locked
          ? "border-line bg-off-tint text-muted"
          : ticked === false
            ? "border-control bg-bg"
            : "border-transparent bg-solid text-on-solid",
      )}
    >
      {ticked !== false && (
        <Icon name={ticked === "mixed" ? "minus" : "check"} size={12} className="stroke-[2.25]" />
      )}
    </span>
  );
}
