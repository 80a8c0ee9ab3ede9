import type { ClusterNode } from './clusterNodes.ts';

/** How the children of a node changed. */
export type ChildrenChange =
  | { readonly type: 'none' }
  /** The children or their order changed. */
  | { readonly type: 'children' }
  /** The children are the same, but the rows of some changed. */
  | { readonly type: 'rows'; readonly nodes: readonly ClusterNode[] };

/**
 * Keeps the same object for each node while the node exists and has the same type. VS Code draws a changed row again
 * only if the row is the object that VS Code has fetched.
 */
export class NodeRegistry {
  readonly #nodes = new Map<string, ClusterNode>();
  readonly #children = new Map<string, readonly ClusterNode[]>();

  get(id: string): ClusterNode | undefined {
    return this.#nodes.get(id);
  }

  /** Returns the children from the last {@link setChildren}. Undefined before the first call. */
  children(parentId: string): readonly ClusterNode[] | undefined {
    return this.#children.get(parentId);
  }

  /** Sets the children of a node. Children that are already known keep their objects, which get the new values. */
  setChildren(parentId: string, drafts: readonly ClusterNode[]): ChildrenChange {
    const before = this.#children.get(parentId);
    const changed: ClusterNode[] = [];
    const children = drafts.map((draft) => {
      const known = this.#nodes.get(draft.id);
      if (known === undefined || known.type !== draft.type) {
        this.#nodes.set(draft.id, draft);
        return draft;
      }
      if (!looksSame(known, draft)) changed.push(known);
      return Object.assign(known, draft);
    });
    this.#children.set(parentId, children);
    const isSameList =
      before !== undefined &&
      before.length === children.length &&
      before.every((node, index) => node === children[index]);
    if (isSameList) return changed.length === 0 ? { type: 'none' } : { type: 'rows', nodes: changed };
    this.#forget(before ?? [], new Set(children));
    return { type: 'children' };
  }

  #forget(nodes: readonly ClusterNode[], kept: ReadonlySet<ClusterNode>): void {
    for (const node of nodes) {
      if (kept.has(node)) continue;
      if (this.#nodes.get(node.id) === node) this.#nodes.delete(node.id);
      this.#forget(this.#children.get(node.id) ?? [], new Set());
      this.#children.delete(node.id);
    }
  }
}

/** Compares nodes by value, because every snapshot has new row objects. */
function looksSame(a: ClusterNode, b: ClusterNode): boolean {
  return JSON.stringify({ ...a, parent: undefined }) === JSON.stringify({ ...b, parent: undefined });
}
