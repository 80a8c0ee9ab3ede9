import type { DeclaredPort } from '../../kinds/ports.ts';
import {
  type ContextReference,
  type ContextRow,
  contextKey,
  type NamespaceRow,
  type PodRow,
  type ServiceRow,
  type TargetReference,
  type ViewScope,
  type WorkloadRow,
} from '../../rpc/clustersContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';

export type TargetRow = PodRow | ServiceRow | WorkloadRow;
export type GroupKind = 'services' | 'workloads' | 'pods';

export interface ContextNode {
  readonly type: 'context';
  readonly id: string;
  readonly row: ContextRow;
  /** True if another kubeconfig has a context with the same name. */
  readonly isAmbiguous: boolean;
}

export interface NamespaceNode {
  readonly type: 'namespace';
  readonly id: string;
  readonly parent: ContextNode;
  readonly row: NamespaceRow;
  /** True if the user added the namespace by typing its name. */
  readonly isTyped: boolean;
}

export interface GroupNode {
  readonly type: 'group';
  readonly id: string;
  readonly parent: NamespaceNode;
  readonly kind: GroupKind;
}

/** A pod, service or workload. */
export interface TargetNode {
  readonly type: 'target';
  /** The {@link targetKey} of the target. */
  readonly id: string;
  readonly parent: GroupNode;
  readonly row: TargetRow;
}

/** A port that a target declares. */
export interface PortNode {
  readonly type: 'port';
  /** The {@link portKey} of the port. */
  readonly id: string;
  readonly parent: TargetNode;
  readonly port: DeclaredPort;
}

export interface ShowMoreNode {
  readonly type: 'showMore';
  readonly id: string;
  readonly parent: GroupNode;
  readonly shown: number;
  readonly matching: number;
}

export interface ErrorNode {
  readonly type: 'error';
  readonly id: string;
  /**
   * The context, namespace or group whose rows could not be listed. Undefined if the contexts themselves could not be
   * listed.
   */
  readonly parent?: ContainerNode;
  readonly error: ErrorInfo;
  /**
   * The path of the kubeconfig that may cause the error. Empty for the default kubeconfig, which may consist of several
   * files. Undefined if no kubeconfig causes the error.
   */
  readonly kubeconfig?: string;
}

/** A row that shows no object of the cluster, but a message or an offer. */
export interface MessageNode {
  readonly type: 'message';
  readonly id: string;
  readonly parent: ContainerNode;
  readonly message:
    | { readonly type: 'empty'; readonly of: 'namespaces' | GroupKind; readonly filter: string }
    /** Offers to add a namespace by name, because the user has no permission to list namespaces. */
    | { readonly type: 'showNamespace' };
}

/**
 * A node whose children come from the host, which lists and watches them: the namespaces of a context, or the targets
 * of a group.
 */
export type ViewNode = ContextNode | GroupNode;
/** A node that contains objects of the cluster: a context, a namespace or a group. Not a container of a pod. */
export type ContainerNode = ViewNode | NamespaceNode;
export type ClusterNode = ContainerNode | TargetNode | PortNode | ShowMoreNode | ErrorNode | MessageNode;

const SEPARATOR = '\u0000';

export function namespaceKey(context: ContextReference, namespace: string): string {
  return `${contextKey(context)}${SEPARATOR}${namespace}`;
}

export function targetKey(target: TargetReference): string {
  const namespace = namespaceKey(target.context, target.namespace);
  return `${namespace}${SEPARATOR}${target.kind}${SEPARATOR}${target.name}`;
}

/**
 * Returns the key of a port of a target. The key contains the number of the port if the number is passed, or the name
 * if the name is passed. The specification of a forward also contains either the number or the name. So to find all
 * forwards of a port, look them up twice: by the key with the number and by the key with the name.
 */
export function portKey(target: TargetReference, remotePort: number | string, protocol = 'TCP'): string {
  return innerKey(targetKey(target), `port ${remotePort}/${protocol}`);
}

/**
 * Returns the id of a node that is neither a context, a namespace nor a target. Such an id contains a double separator.
 * The ids of contexts, namespaces and targets never contain a double separator, so nodes of different types never have
 * the same id.
 * @param parent the id of the parent node; empty for a node at the top of the tree
 */
export function innerKey(parent: string, name: string): string {
  return `${parent}${SEPARATOR}${SEPARATOR}${name}`;
}

export function isContainer(node: ClusterNode): node is ContainerNode {
  return node.type === 'context' || node.type === 'namespace' || node.type === 'group';
}

export function hasView(node: ClusterNode): node is ViewNode {
  return node.type === 'context' || node.type === 'group';
}

export function parentOf(node: ClusterNode): ContainerNode | TargetNode | undefined {
  return node.type === 'context' ? undefined : node.parent;
}

/** Whether a node is `container` itself or is anywhere below it in the tree. */
export function isAtOrBelow(node: ClusterNode | undefined, container: ContainerNode): boolean {
  if (node === undefined) return false;
  return node.id === container.id || isAtOrBelow(parentOf(node), container);
}

export function contextOf(node: ContainerNode | TargetNode): ContextReference {
  if (node.type === 'context') return { kubeconfig: node.row.kubeconfig, context: node.row.context };
  return contextOf(node.parent);
}

/** Whether the kubeconfig sets this namespace as the default namespace of the context. */
export function isOwnNamespace(node: NamespaceNode): boolean {
  return node.row.name === node.parent.row.namespace;
}

export function namespaceOf(node: NamespaceNode | GroupNode | TargetNode): NamespaceNode {
  return node.type === 'namespace' ? node : namespaceOf(node.parent);
}

export function targetReference(node: TargetNode): TargetReference {
  const { row } = node;
  return {
    context: contextOf(node),
    namespace: namespaceOf(node).row.name,
    kind: row.type === 'workload' ? row.kind : row.type,
    name: row.name,
  };
}

/**
 * Returns the part of the cluster that the host must list and watch, so that the tree can show the children of a node.
 * If there are more than `limit` children, the host sends only the first ones.
 */
export function scopeOf(node: ViewNode, filter: string, limit: number): ViewScope {
  const context = contextOf(node);
  if (node.type === 'context') return { type: 'namespaces', context };
  return {
    type: node.kind,
    context,
    namespace: namespaceOf(node).row.name,
    ...(filter === '' ? {} : { filter }),
    limit,
  };
}

/** Compares names by UTF-16 code units, so that lists of this window have the same order as rows from the host. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
