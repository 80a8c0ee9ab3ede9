import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import type { NamespaceNode } from '../clusters/clusterNodes.ts';
import { inform } from '../notify.ts';
import { labelText } from '../present/untrusted.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import type { CommandServices } from './commandServices.ts';

/** Asks for one of the namespaces in the tree. */
export async function pickNamespaceOfTree({ clusters }: CommandServices): Promise<NamespaceNode | undefined> {
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

/** Updates the tree while the user types. Escape restores the previous filter. */
export async function askFilter({ clusters }: CommandServices, namespace: NamespaceNode): Promise<void> {
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
