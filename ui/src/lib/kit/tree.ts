/** A node of a tree. `data` is what a row shows; the tree itself needs only the shape. */
export interface TreeNode<T> {
  id: string;
  /** Read aloud, and matched by typing. */
  name: string;
  data: T;
  children?: TreeNode<T>[];
}

export interface TreeRow<T> {
  node: TreeNode<T>;
  level: number;
  parent: string | null;
  expanded: boolean | undefined;
  position: number;
  siblings: number;
}

/** Rows in the order they are shown; children of a collapsed node are left out. */
export function flatten<T>(
  nodes: TreeNode<T>[],
  collapsed: ReadonlySet<string>,
  level = 1,
  parent: string | null = null,
): TreeRow<T>[] {
  return nodes.flatMap((node, index) => {
    const branch = node.children !== undefined && node.children.length > 0;
    const expanded = branch ? !collapsed.has(node.id) : undefined;
    const row: TreeRow<T> = { node, level, parent, expanded, position: index + 1, siblings: nodes.length };
    return expanded ? [row, ...flatten(node.children ?? [], collapsed, level + 1, node.id)] : [row];
  });
}

export type TreeMove =
  { kind: 'select'; id: string } | { kind: 'expand' | 'collapse'; id: string } | { kind: 'none' };

/** What an arrow key, Home or End means at the selected row, by the usual tree pattern. */
export function treeMove<T>(rows: TreeRow<T>[], selected: string | undefined, key: string): TreeMove {
  const at = Math.max(
    0,
    rows.findIndex((row) => row.node.id === selected),
  );
  const row = rows[at];
  if (!row) return { kind: 'none' };
  const select = (target: TreeRow<T> | undefined): TreeMove =>
    target ? { kind: 'select', id: target.node.id } : { kind: 'none' };
  switch (key) {
    case 'ArrowDown':
      return select(rows[at + 1]);
    case 'ArrowUp':
      return select(rows[at - 1]);
    case 'Home':
      return select(rows[0]);
    case 'End':
      return select(rows[rows.length - 1]);
    case 'ArrowRight':
      if (row.expanded === false) return { kind: 'expand', id: row.node.id };
      return row.expanded ? select(rows[at + 1]) : { kind: 'none' };
    case 'ArrowLeft':
      if (row.expanded) return { kind: 'collapse', id: row.node.id };
      return row.parent === null ? { kind: 'none' } : { kind: 'select', id: row.parent };
    default:
      return { kind: 'none' };
  }
}
