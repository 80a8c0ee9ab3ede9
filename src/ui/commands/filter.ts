import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { type NamespaceNode, namespaceOf } from '../clusters/clusterNodes.ts';
import { labelText } from '../present/untrusted.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Filter by Name...: the tree follows while the user types; Escape brings the former filter back. */
export async function filter(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['namespace', 'group', 'target', 'showMore']);
  const namespace =
    node === undefined ? undefined : node.type === 'showMore' ? namespaceOf(node.parent) : namespaceOf(node);
  if (namespace === undefined) {
    const text = vscode.l10n.t('Select a namespace in the Clusters view to filter its pods.');
    vscode.window.showInformationMessage(text).then(undefined, () => {});
    return;
  }
  await askFilter(services, namespace);
}

async function askFilter({ clusters }: CommandServices, namespace: NamespaceNode): Promise<void> {
  const { l10n } = vscode;
  const owned = new DisposableStore();
  const before = clusters.filter(namespace);
  const input = owned.add(vscode.window.createInputBox());
  input.title = l10n.t('Filter {namespace} by Name', { namespace: labelText(namespace.row.name) });
  input.placeholder = l10n.t('Part of a name; empty shows all');
  input.value = before;
  const { promise, resolve } = Promise.withResolvers<string>();
  owned.add(input.onDidChangeValue((text) => clusters.setFilter(namespace, text.trim())));
  owned.add(input.onDidAccept(() => resolve(input.value.trim())));
  owned.add(input.onDidHide(() => resolve(before)));
  input.show();
  clusters.setFilter(namespace, await promise);
  owned.dispose();
}
