import * as vscode from 'vscode';
import { contextOf } from '../clusters/clusterNodes.ts';
import { labelText } from '../present/untrusted.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** The format of a namespace name (RFC 1123 label). */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Add Namespace...: for users who may not list namespaces. The window remembers it; the kubeconfig is not changed. */
export async function showNamespace(services: CommandServices, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const node = clusterNode(services, argument, ['context', 'message']);
  const context = node?.type === 'message' ? node.parent : node;
  if (context?.type !== 'context') return;
  const name = await vscode.window.showInputBox({
    title: l10n.t('Add Namespace to {context}', { context: labelText(context.row.context) }),
    prompt:
      node?.type === 'message'
        ? l10n.t('You may not list the namespaces of this cluster. Enter the name of one that you may use.')
        : l10n.t('Enter a namespace to show. The cluster is not changed.'),
    validateInput: (text) =>
      text === '' || NAMESPACE.test(text.trim())
        ? undefined
        : l10n.t('A namespace name can contain only lowercase letters, digits and "-"'),
  });
  if (name === undefined || !NAMESPACE.test(name.trim())) return;
  await services.remembered.add(contextOf(context), name.trim());
}
