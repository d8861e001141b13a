import type { TreeNode } from "./flatten-tree";

/**
 * What a key does in a tree, after the ARIA practices' tree view: the line to go to, opening or closing the active one, ticking it, or
 * nothing (null).
 */
export function moveInTree(
  key: string,
  nodes: readonly TreeNode[],
  active: number,
  page: number,
): number | "toggle" | "tick" | null {
  const last = nodes.length - 1;
  const node = nodes[active];
  switch (key) {
    case "ArrowDown":
      return Math.min(last, active + 1);
    case "ArrowUp":
      return Math.max(0, active - 1);
    case "PageDown":
      return Math.min(last, active + page);
    case "PageUp":
      return Math.max(0, active - page);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowRight":
      if (node?.expanded === null) return null;
      return node?.expanded ? Math.min(last, active + 1) : "toggle";
    case "ArrowLeft":
      return node?.expanded ? "toggle" : parentOf(nodes, active);
    case " ":
    case "Enter":
      return "tick";
    default:
      return null;
  }
}

function parentOf(nodes: readonly TreeNode[], active: number): number | null {
  const level = nodes[active]?.level ?? 1;
  for (let at = active - 1; at >= 0; at--) if ((nodes[at]?.level ?? 1) < level) return at;
  return null;
}
