import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import { type ContextReference, contextKey } from '../../rpc/clustersContract.ts';
import { childNodes, contextNodes, errorNode, groupNodes, portNodes } from './clusterChildren.ts';
import {
  type ClusterNode,
  type ContainerNode,
  type ContextNode,
  contextOf,
  hasView,
  isAtOrBelow,
  isContainer,
  type NamespaceNode,
  namespaceKey,
  namespaceOf,
  parentOf,
  scopeOf,
  type ViewNode,
} from './clusterNodes.ts';
import type { ContextsModel } from './contextsModel.ts';
import { NodeRegistry } from './nodeRegistry.ts';
import type { RememberedNamespaces } from './rememberedNamespaces.ts';
import type { ViewSubscriptions } from './viewSubscriptions.ts';

/**
 * The maximum number of rows that an expanded group shows at first. If the group has more, each run of the command Show
 * More raises the maximum by the same number.
 */
export const PAGE_SIZE = 500;
const ROOT = '';

export interface ClustersModelOptions {
  readonly contexts: ContextsModel;
  readonly views: ViewSubscriptions;
  readonly remembered: RememberedNamespaces;
  /** The namespaces from the setting `namespaces`. */
  readonly knownNamespaces: () => readonly string[];
}

/**
 * The state of the Clusters tree: its nodes, and which of them are expanded. Does not use the API of VS Code. Also
 * tells the host which parts of the clusters to list and watch (each part is called a view): the children of each
 * context and group that the user sees. The user sees the children of a node while the tree is visible, and the node
 * and all nodes above it are expanded.
 */
export class ClustersModel implements Disposable {
  readonly #options: ClustersModelOptions;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<readonly ClusterNode[] | undefined>());
  readonly #ended = new AbortController();
  readonly #nodes = new NodeRegistry();
  readonly #expanded = new Set<string>();
  /**
   * The maximum number of rows to show in a group, by the id of the group's node. Groups that are not in this map show
   * at most {@link PAGE_SIZE} rows.
   */
  readonly #limits = new Map<string, number>();
  /**
   * The filter of each filtered namespace, by the id of the namespace's node. Only targets whose names contain the
   * filter are shown.
   */
  readonly #filters = new Map<string, string>();
  #isVisible = false;

  /**
   * Fires with the nodes whose row or children changed. Fires with undefined if contexts were added or removed, or if
   * their order changed.
   */
  readonly onDidChange = this.#changed.event;

  constructor(options: ClustersModelOptions) {
    this.#options = options;
    this.#owned.add(options.contexts.onDidChange(() => this.#onContexts()));
    this.#owned.add(options.views.onDidChange((key) => this.#onView(key)));
    this.#owned.add(
      options.remembered.onDidChange((context) => {
        this.#onView(contextKey(context));
      }),
    );
  }

  /**
   * Returns the children of a node, or the contexts if no node is passed. For a context or group, opens a view in the
   * host, so that the host lists and watches the children. Then waits until the host has sent rows or an error.
   */
  async children(node?: ClusterNode): Promise<readonly ClusterNode[]> {
    if (node === undefined) return this.#roots();
    if (node.type === 'target') return this.#setAndGet(node.id, portNodes(node));
    if (!isContainer(node)) return [];
    const { views } = this.#options;
    this.#expanded.add(node.id);
    if (!hasView(node)) return this.#setAndGet(node.id, groupNodes(node));
    views.open(node.id, this.#scope(node));
    const snapshot = await views.whenShown(node.id, this.#ended.signal);
    // If there is no snapshot, the view was closed during the wait, because the user collapsed or hid the node. The
    // last known children are then returned. If the view is opened again, `onDidChange` reports the new children.
    if (snapshot === undefined) return this.#setAndGet(node.id, this.#nodes.children(node.id) ?? []);
    return this.#setAndGet(node.id, childNodes(node, snapshot, this.#childOptions(node)));
  }

  find(id: string): ClusterNode | undefined {
    return this.#nodes.get(id);
  }

  /** The namespaces in the tree, in the order of the tree. */
  namespaces(): readonly NamespaceNode[] {
    return (this.#nodes.children(ROOT) ?? [])
      .flatMap(({ id }) => this.#nodes.children(id) ?? [])
      .filter((node) => node.type === 'namespace');
  }

  /**
   * Whether the user has the permission to list the namespaces of a context. Undefined if that is not known, because
   * the tree shows neither a namespace of the context nor the offer to add a namespace by name.
   */
  mayListNamespaces({ id }: ContextNode): boolean | undefined {
    const children = this.#nodes.children(id) ?? [];
    if (children.some((node) => node.type === 'message' && node.message.type === 'showNamespace'))
      return false;
    return children.some(({ type }) => type === 'namespace') ? true : undefined;
  }

  /**
   * Loads the tree until the node of a namespace exists, and returns this node. If there is no such namespace,
   * returns the node of the context. If there is no such context, returns undefined.
   */
  async reveal(context: ContextReference, namespace?: string): Promise<ContainerNode | undefined> {
    await this.#roots();
    const node = this.#nodes.get(contextKey(context));
    if (node?.type !== 'context') return undefined;
    if (namespace === undefined) return node;
    await this.children(node);
    const inner = this.#nodes.get(namespaceKey(context, namespace));
    return inner?.type === 'namespace' ? inner : node;
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.#watch();
  }

  setExpanded(node: ClusterNode, isExpanded: boolean): void {
    if (isExpanded) this.#expanded.add(node.id);
    else if (this.#expanded.delete(node.id)) this.#options.views.close(node.id);
    this.#watch();
  }

  filter(node: ContainerNode): string {
    return node.type === 'context' ? '' : (this.#filters.get(namespaceOf(node).id) ?? '');
  }

  /** Shows only pods, services and workloads whose names contain the text. An empty text shows all. */
  setFilter(node: NamespaceNode, text: string): void {
    if (this.filter(node) === text) return;
    if (text === '') this.#filters.delete(node.id);
    else this.#filters.set(node.id, text);
    for (const container of [node, ...(this.#nodes.children(node.id) ?? [])]) {
      if (!hasView(container)) continue;
      this.#limits.delete(container.id);
      this.#reopen(container);
    }
    this.#changed.fire([node]);
  }

  showMore(node: ViewNode): void {
    this.#limits.set(node.id, this.#limit(node) + PAGE_SIZE);
    this.#reopen(node);
  }

  /**
   * Requests the rows below a context, namespace or group again. For any other node, requests the rows below the
   * nearest context, namespace or group above it. Without a node, requests the contexts and the rows of all expanded
   * nodes again.
   */
  async refresh(node?: ClusterNode): Promise<void> {
    const { contexts, views } = this.#options;
    const container = containerOf(node);
    if (container === undefined) await contexts.load();
    for (const id of [...this.#expanded]) {
      if (container === undefined || isAtOrBelow(this.#nodes.get(id), container)) views.refresh(id);
    }
  }

  /**
   * Draws the rows with these ids again. Needed if a row shows something new although its object in the cluster did not
   * change: a forward or gateway of the object has started, changed or ended.
   */
  touch(ids: Iterable<string>): void {
    const nodes = [...ids].map((id) => this.#nodes.get(id)).filter((node) => node !== undefined);
    if (nodes.length > 0) this.#changed.fire(nodes);
  }

  dispose(): void {
    this.#ended.abort();
    this.#owned.dispose();
    for (const id of this.#expanded) this.#options.views.close(id);
  }

  async #roots(): Promise<readonly ClusterNode[]> {
    const { contexts } = this.#options;
    if (contexts.state.type === 'unknown') await contexts.load();
    this.#setRoots();
    return this.#nodes.children(ROOT) ?? [];
  }

  #setAndGet(id: string, children: readonly ClusterNode[]): readonly ClusterNode[] {
    this.#nodes.setChildren(id, children);
    return this.#nodes.children(id) ?? [];
  }

  #setRoots(): ReturnType<NodeRegistry['setChildren']> {
    const { state } = this.#options.contexts;
    if (state.type === 'unknown') return { type: 'none' };
    const roots =
      state.type === 'failed' ? [errorNode(undefined, state.error, undefined)] : contextNodes(state.snapshot);
    return this.#nodes.setChildren(ROOT, roots);
  }

  #onContexts(): void {
    const change = this.#setRoots();
    this.#watch();
    if (change.type === 'children') this.#changed.fire(undefined);
    else if (change.type === 'rows') this.#changed.fire(change.nodes);
  }

  #onView(key: string): void {
    const node = this.#nodes.get(key);
    const snapshot = this.#options.views.snapshot(key);
    if (snapshot === undefined || node === undefined || !hasView(node)) return;
    // Fires no event if VS Code has never requested the children of the node. The event would be useless: VS Code will
    // get these rows anyway when it requests the children.
    const shown = this.#nodes.children(key);
    if (shown === undefined) return;
    // When a view is opened again, the host sends its rows in several snapshots. Ignores a snapshot that is incomplete
    // and has fewer rows than the tree shows, so that rows do not disappear for a moment.
    const isComingIn = !snapshot.isLoaded && snapshot.error === undefined;
    if (isComingIn && snapshot.rows.length < shown.filter(isRow).length) return;
    const change = this.#nodes.setChildren(key, childNodes(node, snapshot, this.#childOptions(node)));
    if (change.type === 'children') this.#changed.fire([node]);
    else if (change.type === 'rows') this.#changed.fire(change.nodes);
  }

  /**
   * Opens the host's view for each context and group whose children are visible in the tree. Closes all other views, so
   * that the host watches only what the user sees.
   */
  #watch(): void {
    const { views } = this.#options;
    for (const id of [...this.#expanded]) {
      const node = this.#nodes.get(id);
      if (node === undefined || !isContainer(node)) {
        this.#expanded.delete(id);
        views.close(id);
      } else if (!hasView(node)) continue;
      else if (this.#isLookedAt(node)) views.open(id, this.#scope(node));
      else views.close(id);
    }
  }

  #isLookedAt(node: ContainerNode): boolean {
    const parent = node.type === 'context' ? undefined : node.parent;
    if (!this.#expanded.has(node.id)) return false;
    return parent === undefined ? this.#isVisible : this.#isLookedAt(parent);
  }

  #reopen(node: ViewNode): void {
    if (this.#options.views.isOpen(node.id)) this.#options.views.open(node.id, this.#scope(node));
  }

  #scope(node: ViewNode): ReturnType<typeof scopeOf> {
    return scopeOf(node, this.filter(node), this.#limit(node));
  }

  #limit(node: ViewNode): number {
    return this.#limits.get(node.id) ?? PAGE_SIZE;
  }

  #childOptions(node: ViewNode): Parameters<typeof childNodes>[2] {
    const typed = this.#options.remembered.of(contextOf(node));
    return { filter: this.filter(node), namespaces: { known: this.#options.knownNamespaces(), typed } };
  }
}

/** Returns the context, namespace or group to which a node belongs: the node itself or the nearest one above it. */
function containerOf(node: ClusterNode | undefined): ContainerNode | undefined {
  return node === undefined || isContainer(node) ? node : containerOf(parentOf(node));
}

/** Whether the node shows an object of the cluster, not an error or a message. */
function isRow({ type }: ClusterNode): boolean {
  return type === 'namespace' || type === 'target';
}
