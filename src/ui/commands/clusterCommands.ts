import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { isNamespaceName } from '../../kinds/target.ts';
import { contextOf, type NamespaceNode, namespaceOf } from '../clusters/clusterNodes.ts';
import { copyRoleOf } from '../clusters/copyRole.ts';
import { inform } from '../notify.ts';
import { labelText } from '../present/untrusted.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import { type Command, defineCommand, onRow, onTitle } from './command.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Commands of the clusters view. */
export const CLUSTER_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.refreshClusters',
    title: 'Refresh',
    icon: 'refresh',
    menus: [onTitle('clusters', 'navigation@2')],
    ignoresRow: true,
    run: ({ clusters }) => clusters.refresh(),
  }),
  defineCommand({
    id: 'kubePortForward.refreshNode',
    title: 'Refresh',
    icon: 'refresh',
    when: false,
    menus: [onRow('clusters', [['context', 'namespace', 'group']], '5_refresh')],
    run: refreshNode,
  }),
  defineCommand({
    id: 'kubePortForward.retry',
    title: 'Retry',
    icon: 'refresh',
    when: false,
    menus: [onRow('clusters', ['error'], 'inline@1', '1_error@1')],
    run: refreshNode,
  }),
  defineCommand({
    id: 'kubePortForward.copyRole',
    title: 'Copy Role',
    icon: 'copy',
    when: false,
    menus: [onRow('clusters', ['forbidden'], 'inline@0', '1_error@2')],
    run: copyRole,
  }),
  defineCommand({
    id: 'kubePortForward.showMore',
    title: 'Show More',
    when: false,
    run: showMore,
  }),
  defineCommand({
    id: 'kubePortForward.filter',
    title: 'Filter by Name...',
    icon: 'filter',
    menus: [onRow('clusters', ['namespace'], 'inline@2', '1_filter@1')],
    run: filter,
  }),
  defineCommand({
    id: 'kubePortForward.clearFilter',
    title: 'Clear Filter',
    icon: 'clear-all',
    when: false,
    menus: [onRow('clusters', ['filtered'], 'inline@1', '1_filter@2')],
    run: clearFilter,
  }),
  defineCommand({
    id: 'kubePortForward.copyName',
    title: 'Copy Name',
    icon: 'copy',
    when: false,
    menus: [onRow('clusters', [['context', 'namespace', 'target']], '9_copy')],
    run: copyName,
  }),
  defineCommand({
    id: 'kubePortForward.showNamespace',
    title: 'Add Namespace...',
    icon: 'add',
    when: false,
    menus: [onRow('clusters', ['context'], '1_namespace')],
    run: showNamespace,
  }),
  defineCommand({
    id: 'kubePortForward.hideNamespace',
    title: 'Hide Namespace',
    when: false,
    menus: [onRow('clusters', ['typed'], '1_namespace')],
    run: hideNamespace,
  }),
];

/** Refresh, or Retry after an error: lists the rows below a node again. */
async function refreshNode(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['context', 'namespace', 'group', 'error']);
  await services.clusters.refresh(node);
}

/**
 * Copy Role: if the error in the row is a missing permission, copies to the clipboard the manifest of a role that
 * grants this permission. The user can send it to an administrator.
 */
async function copyRole(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['error']);
  if (node !== undefined) await copyRoleOf(node.error);
}

/** Show More: shows more rows of a group. At first, a group shows only a limited number of rows. */
function showMore(services: CommandServices, argument: unknown): void {
  const node = clusterNode(services, argument, ['showMore']);
  if (node !== undefined) services.clusters.showMore(node.parent);
}

/** Clear Filter: shows all rows of a namespace again. */
function clearFilter(services: CommandServices, argument: unknown): void {
  const node = clusterNode(services, argument, ['namespace']);
  if (node !== undefined) services.clusters.setFilter(node, '');
}

/** Copy Name: copies the name of a context, namespace or target. */
async function copyName(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['context', 'namespace', 'target']);
  if (node === undefined) return;
  await vscode.env.clipboard.writeText(node.type === 'context' ? node.row.context : node.row.name);
}

/** Add Namespace...: adds a namespace by name to the tree, for users without permission to list namespaces. */
async function showNamespace(services: CommandServices, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const node = clusterNode(services, argument, ['context', 'message']);
  const context = node?.type === 'message' ? node.parent : node;
  if (context?.type !== 'context') return;
  const name = labelText(context.row.context);
  const mayList = services.clusters.mayListNamespaces(context);
  if (mayList === true) {
    const text = l10n.t('The Clusters view already shows all namespaces of {context}.', { context: name });
    inform('information', text);
    return;
  }
  const namespace = await vscode.window.showInputBox({
    title: l10n.t('Add Namespace to {context}', { context: name }),
    prompt:
      mayList === false
        ? l10n.t(
            'You do not have permission to list the namespaces of this cluster. Enter the name of a namespace.',
          )
        : l10n.t('Enter a namespace to show. The cluster is not changed.'),
    validateInput: (text) =>
      text === '' || isNamespaceName(text.trim())
        ? undefined
        : l10n.t('A namespace name can contain only lowercase letters, digits and "-"'),
  });
  if (namespace === undefined || !isNamespaceName(namespace.trim())) return;
  await services.remembered.add(contextOf(context), namespace.trim());
}

/** Hide Namespace: removes a namespace that the user added with Add Namespace... */
async function hideNamespace(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['namespace']);
  if (node !== undefined) await services.remembered.remove(contextOf(node), node.row.name);
}

/**
 * Filter by Name...: filters the rows of a namespace by a part of their names. Asks for the namespace if the command
 * was not run on a row.
 */
async function filter(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['namespace', 'group', 'target', 'showMore']);
  const namespace =
    node === undefined
      ? await pickNamespaceOfTree(services)
      : namespaceOf(node.type === 'showMore' ? node.parent : node);
  if (namespace !== undefined) await askFilter(services, namespace);
}

/**
 * Asks the user to choose a namespace that the tree shows. If the tree shows none, tells the user to expand a context.
 */
async function pickNamespaceOfTree({ clusters }: CommandServices): Promise<NamespaceNode | undefined> {
  const { l10n } = vscode;
  const namespaces = clusters.namespaces();
  if (namespaces.length === 0) {
    const text = l10n.t('To filter a namespace, expand its context in the Clusters view first.');
    inform('information', text);
    return undefined;
  }
  return await pickFrom(
    l10n.t('Filter by Name'),
    l10n.t('Choose a namespace'),
    namespaces.map((node) => ({
      label: node.row.name,
      description: node.parent.row.context,
      value: node,
    })),
  );
}

/** Asks for the filter, and updates the tree while the user types. Escape restores the previous filter. */
async function askFilter({ clusters }: CommandServices, namespace: NamespaceNode): Promise<void> {
  const { l10n } = vscode;
  using owned = new DisposableStore();
  const before = clusters.filter(namespace);
  const input = owned.add(vscode.window.createInputBox());
  input.title = l10n.t('Filter by Name: {namespace}', { namespace: labelText(namespace.row.name) });
  input.placeholder = l10n.t('Part of a name (leave empty to show all)');
  input.value = before;
  const { promise, resolve } = Promise.withResolvers<string>();
  owned.add(input.onDidChangeValue((text) => clusters.setFilter(namespace, text.trim())));
  owned.add(input.onDidAccept(() => resolve(input.value.trim())));
  owned.add(input.onDidHide(() => resolve(before)));
  input.show();
  clusters.setFilter(namespace, await promise);
}
