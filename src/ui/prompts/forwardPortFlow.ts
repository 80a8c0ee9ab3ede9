import * as vscode from 'vscode';
import type { TargetReference } from '../../rpc/clustersContract.ts';
import type { ForwardStarter } from '../forwards/forwardStarter.ts';
import { pickOneNamespace } from './pickOneNamespace.ts';
import { type PickSources, pickNamespaceTarget } from './pickTarget.ts';

const LAST_TARGET = 'lastTarget';

/**
 * Forwards a port without the tree: asks for context, namespace, target and port in quick picks. Skips the question for
 * the context or the port if there is only one. The Back button returns to the previous step. Preselects the context,
 * namespace and target that the user chose last time.
 */
export async function runForwardPortFlow(
  sources: PickSources,
  starter: ForwardStarter,
  memory: vscode.Memento,
): Promise<void> {
  const title = vscode.l10n.t('Forward a Port');
  const last = memory.get<TargetReference>(LAST_TARGET);
  let location = await pickOneNamespace(sources, title, last);
  while (location !== undefined) {
    const { context, namespace } = location;
    const picked = await pickNamespaceTarget(sources, context, namespace, last);
    if (picked.type === 'cancelled') return;
    if (picked.type === 'back') {
      location = await pickOneNamespace(sources, title, last, context);
      continue;
    }
    const { target, ports } = picked.value;
    await memory.update(LAST_TARGET, target);
    const port = await starter.forward(target, ports, true);
    if (port.type !== 'back') return;
  }
}
