import { defined } from '../../base/defined.ts';
import {
  type ContextsSnapshot,
  contextKey,
  type Row,
  type ViewSnapshot,
} from '../../rpc/clustersContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import {
  type ClusterNode,
  type ContainerNode,
  type ContextNode,
  compareNames,
  contextOf,
  type ErrorNode,
  type GroupKind,
  type GroupNode,
  innerKey,
  isOwnNamespace,
  type MessageNode,
  type NamespaceNode,
  namespaceKey,
  namespaceOf,
  type PortNode,
  portKey,
  type TargetNode,
  type TargetRow,
  targetKey,
  targetReference,
  type ViewNode,
} from './clusterNodes.ts';

/** Returns a node for each context, followed by an error node for each kubeconfig that cannot be read completely. */
export function contextNodes(snapshot: ContextsSnapshot): readonly ClusterNode[] {
  const uses = new Map<string, number>();
  for (const { context } of snapshot.contexts) uses.set(context, (uses.get(context) ?? 0) + 1);
  const contexts = snapshot.contexts.map(
    (row): ContextNode => ({
      type: 'context',
      id: contextKey(row),
      row,
      isAmbiguous: (uses.get(row.context) ?? 0) > 1,
    }),
  );
  const problems = snapshot.problems
    // Shows no error if the user has no kubeconfig: the welcome text of the empty view says what to do.
    .filter(({ error }) => error.code !== 'NO_KUBECONFIG')
    .map(({ kubeconfig, error }) => errorNode(undefined, error, kubeconfig));
  return [...contexts, ...problems];
}

/**
 * Returns a node that shows an error.
 * @param parent the context, namespace or group that could not be listed; undefined for an error at the top of the tree
 */
export function errorNode(
  parent: ContainerNode | undefined,
  error: ErrorInfo,
  kubeconfig: string | undefined,
): ErrorNode {
  return {
    type: 'error',
    // Two error nodes must not have the same id. One kubeconfig may have several errors, so the id also contains the
    // line of the error in the file.
    id: innerKey(parent?.id ?? '', `error ${kubeconfig ?? ''} ${error.arguments.line ?? ''}`),
    error,
    ...defined({ parent, kubeconfig }),
  };
}

/**
 * Returns the groups of a namespace: services, workloads and pods. The group of pods is last, because a group below
 * thousands of pods would be hard to find.
 */
export function groupNodes(parent: NamespaceNode): readonly GroupNode[] {
  return (['services', 'workloads', 'pods'] as const).map((kind) => groupNode(parent, kind));
}

/**
 * Returns a node for each port that a target declares. Several containers of a pod may declare the same port: then
 * returns only the first, because nodes must have different ids.
 */
export function portNodes(parent: TargetNode): readonly PortNode[] {
  const target = targetReference(parent);
  const nodes = parent.row.ports.map((port): PortNode => {
    const id = portKey(target, port.number, port.protocol);
    return { type: 'port', id, parent, port };
  });
  return [...new Map(nodes.toReversed().map((node) => [node.id, node])).values()].toReversed();
}

/**
 * Returns the nodes to show below a context or a group: the namespaces of the context, or the targets of the group.
 * @param snapshot the latest snapshot of the view that lists these children
 */
export function childNodes(
  parent: ViewNode,
  snapshot: ViewSnapshot,
  options: {
    readonly filter: string;
    /**
     * The namespaces to show if the user has no permission to list the namespaces of the context. `known`: the
     * namespaces from the settings. `typed`: the namespaces that the user added by typing their names.
     */
    readonly namespaces: { readonly known: readonly string[]; readonly typed: readonly string[] };
  },
): readonly ClusterNode[] {
  return parent.type === 'context'
    ? namespaceNodes(parent, snapshot, options.namespaces)
    : targetNodes(parent, snapshot, options.filter);
}

function namespaceNodes(
  parent: ContextNode,
  snapshot: ViewSnapshot,
  namespaces: { readonly known: readonly string[]; readonly typed: readonly string[] },
): readonly ClusterNode[] {
  const node = (name: string, phase: string, isTyped: boolean): NamespaceNode => ({
    type: 'namespace',
    id: namespaceKey(contextOf(parent), name),
    parent,
    row: { type: 'namespace', name, phase },
    isTyped,
  });
  if (snapshot.error?.code === 'FORBIDDEN_CLUSTER_WIDE') {
    const names = new Set([parent.row.namespace, ...namespaces.known, ...namespaces.typed]);
    return [
      ...ownFirst(
        [...names].sort(compareNames).map((name) => node(name, '', namespaces.typed.includes(name))),
      ),
      {
        type: 'message',
        id: innerKey(parent.id, 'showNamespace'),
        parent,
        message: { type: 'showNamespace' },
      },
    ];
  }
  const rows = snapshot.rows.filter((row) => row.type === 'namespace');
  return [
    ...errors(parent, snapshot),
    ...ownFirst(rows.map((row) => node(row.name, row.phase, false))),
    ...emptyMessage(parent, snapshot, ''),
  ];
}

/** Puts the namespace of the context first, because most people work in that namespace. */
function ownFirst(nodes: readonly NamespaceNode[]): readonly NamespaceNode[] {
  return [...nodes.filter(isOwnNamespace), ...nodes.filter((node) => !isOwnNamespace(node))];
}

function targetNodes(parent: GroupNode, snapshot: ViewSnapshot, filter: string): readonly ClusterNode[] {
  const targets = snapshot.rows
    .filter((row): row is Exclude<Row, { type: 'namespace' }> => row.type !== 'namespace')
    .map((row) => targetNode(parent, row));
  const more: ClusterNode[] =
    snapshot.matching <= targets.length
      ? []
      : [
          {
            type: 'showMore',
            id: innerKey(parent.id, 'showMore'),
            parent,
            shown: targets.length,
            matching: snapshot.matching,
          },
        ];
  return [...errors(parent, snapshot), ...targets, ...more, ...emptyMessage(parent, snapshot, filter)];
}

function targetNode(parent: GroupNode, row: TargetRow): TargetNode {
  const id = targetKey({
    context: contextOf(parent),
    namespace: namespaceOf(parent).row.name,
    kind: row.type === 'workload' ? row.kind : row.type,
    name: row.name,
  });
  return { type: 'target', id, parent, row };
}

function groupNode(parent: NamespaceNode, kind: GroupKind): GroupNode {
  return { type: 'group', id: innerKey(parent.id, kind), parent, kind };
}

function errors(parent: ViewNode, snapshot: ViewSnapshot): readonly ErrorNode[] {
  if (snapshot.error === undefined) return [];
  return [errorNode(parent, snapshot.error, contextOf(parent).kubeconfig)];
}

function emptyMessage(parent: ViewNode, snapshot: ViewSnapshot, filter: string): readonly MessageNode[] {
  if (snapshot.error !== undefined || !snapshot.isLoaded || snapshot.rows.length > 0) return [];
  const of = parent.type === 'context' ? 'namespaces' : parent.kind;
  return [
    { type: 'message', id: innerKey(parent.id, 'empty'), parent, message: { type: 'empty', of, filter } },
  ];
}
