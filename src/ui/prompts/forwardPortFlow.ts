import * as vscode from 'vscode';
import { type ContextRow, isSameContext, type TargetReference } from '../../rpc/contract.ts';
import type { ForwardStarter } from '../forwards/forwardStarter.ts';
import {
  type PickSources,
  pickContext,
  pickNamespace,
  pickNamespaceTarget,
  referenceOf,
} from './pickTarget.ts';

const LAST_TARGET = 'lastTarget';

type Step =
  | { readonly type: 'context' }
  | { readonly type: 'namespace'; readonly context: ContextRow }
  | { readonly type: 'target'; readonly context: ContextRow; readonly namespace: string }
  | { readonly type: 'end' };

/**
 * Forwards a port without the tree: asks for context, namespace, target and port. Skips a step with a single choice. Back returns
 * to the previous step. The last choices are preselected.
 */
export async function runForwardPortFlow(
  sources: PickSources,
  starter: ForwardStarter,
  memory: vscode.Memento,
): Promise<void> {
  await sources.contexts.load();
  const title = vscode.l10n.t('Forward a Port');
  const { contexts } = sources.contexts;
  const last = memory.get<TargetReference>(LAST_TARGET);
  const [only] = contexts;
  const hasOneContext = contexts.length === 1 && only !== undefined;
  let step: Step = hasOneContext ? { type: 'namespace', context: only } : { type: 'context' };
  while (step.type !== 'end') {
    switch (step.type) {
      case 'context': {
        const answer = await pickContext(contexts, last?.context, title);
        step = answer.type === 'picked' ? { type: 'namespace', context: answer.value } : { type: 'end' };
        break;
      }
      case 'namespace': {
        const { context }: { context: ContextRow } = step;
        const lastNamespace =
          last !== undefined && isSameContext(last.context, context) ? last.namespace : undefined;
        const options = { title, canGoBack: !hasOneContext };
        const answer = await pickNamespace(sources, context, lastNamespace, options);
        if (answer.type === 'picked') step = { type: 'target', context, namespace: answer.value };
        else step = { type: answer.type === 'back' ? 'context' : 'end' };
        break;
      }
      case 'target': {
        const { context, namespace }: { context: ContextRow; namespace: string } = step;
        const picked = await pickNamespaceTarget(sources, referenceOf(context), namespace, last);
        if (picked.type !== 'picked') {
          step = picked.type === 'back' ? { type: 'namespace', context } : { type: 'end' };
          break;
        }
        await memory.update(LAST_TARGET, picked.value.target);
        const port = await starter.forward(picked.value.target, picked.value.ports, true);
        if (port.type !== 'back') step = { type: 'end' };
        break;
      }
    }
  }
}
