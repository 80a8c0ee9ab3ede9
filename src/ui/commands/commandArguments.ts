import type { ClusterNode } from '../clusters/clusterNodes.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Returns the row of the Clusters view whose menu ran a command. Undefined if the row is unknown or has none of the
 * given types. Even then, the caller must not use the selected row: the user can open the menu of a row that is not
 * selected.
 */
export function clusterNode<T extends ClusterNode['type']>(
  { clusters }: CommandServices,
  argument: unknown,
  types: readonly T[],
): Extract<ClusterNode, { readonly type: T }> | undefined {
  const id = idOf(argument);
  const node = id === undefined ? undefined : (clusters.find(id) ?? asNode(argument));
  return node !== undefined && isOneOf(node, types) ? node : undefined;
}

/**
 * Like {@link givenRows}, but returns only rows of the Clusters view, and omits rows that are unknown or have another
 * type.
 */
export function clusterRows<T extends ClusterNode['type']>(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
  types: readonly T[],
): readonly Extract<ClusterNode, { readonly type: T }>[] {
  return givenRows(argument, selected)
    .map((row) => clusterNode(services, row, types))
    .filter((node) => node !== undefined);
}

/** Returns the rows to which a command applies: all selected rows if there are several, otherwise the menu's row. */
export function givenRows(argument: unknown, selected: unknown): readonly unknown[] {
  return Array.isArray(selected) && selected.length > 1 ? selected : [argument];
}

/**
 * Returns the ids of the objects to which a command applies. If there are selected rows, returns their ids. Otherwise,
 * if `argument` is a row, returns the id of the row. If `argument` is a text, which a link or another extension passed,
 * the text is the id. Returns an empty list if there is no id.
 */
export function givenIds(argument: unknown, selected?: unknown): readonly string[] {
  const isSeveral = Array.isArray(selected) && selected.length > 0;
  return (isSeveral ? selected : [argument])
    .map((one) => (typeof one === 'string' ? one : idOf(one)))
    .filter((id) => id !== undefined);
}

/** Returns the id of the row that a menu passed. Undefined if the argument is not a row. */
export function idOf(argument: unknown): string | undefined {
  return asNode(argument)?.id;
}

function asNode(argument: unknown): ClusterNode | undefined {
  const isNode =
    typeof argument === 'object' &&
    argument !== null &&
    'type' in argument &&
    'id' in argument &&
    typeof argument.id === 'string';
  return isNode ? (argument as ClusterNode) : undefined;
}

function isOneOf<T extends ClusterNode['type']>(
  node: ClusterNode,
  types: readonly T[],
): node is Extract<ClusterNode, { readonly type: T }> {
  return (types as readonly string[]).includes(node.type);
}
