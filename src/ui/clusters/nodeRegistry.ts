import type { ClusterNode } from './clusterNodes.ts';

/** How the children of a node changed. */
export type ChildrenChange =
  | { readonly type: 'none' }
  /** Children were added or removed, or their order changed. */
  | { readonly type: 'children' }
  /** The list has the same children in the same order, but the children in `nodes` have new content. */
  | { readonly type: 'rows'; readonly nodes: readonly ClusterNode[] };

/**
 * Stores the nodes of the tree by id. If the content of a node changes, updates the existing JavaScript object of the
 * node instead of storing a new one. Needed because VS Code can draw a single row again only if it gets the same object
 * as when it fetched the row.
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

  /**
   * Sets the children of a node, and returns how they differ from the previous children. If a node with the id and type
   * of a draft is already stored, copies the values of the draft to the stored object, and does not store the draft
   * itself.
   * @param drafts new objects for all children, in the order of the tree
   */
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

/**
 * Whether two nodes have the same content. Compares values, because the rows in every snapshot are new objects. Ignores
 * the parents, because they are not part of the content.
 */
function looksSame(a: ClusterNode, b: ClusterNode): boolean {
  return JSON.stringify({ ...a, parent: undefined }) === JSON.stringify({ ...b, parent: undefined });
}
