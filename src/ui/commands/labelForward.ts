import * as vscode from 'vscode';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { targetText } from '../present/forwardText.ts';
import type { CommandServices } from './commandServices.ts';

/** Asks for the label of a forward. An empty label restores the name of the target. */
export async function labelForward(services: CommandServices, forward: ForwardSnapshot): Promise<void> {
  const { l10n } = vscode;
  const label = await vscode.window.showInputBox({
    title: l10n.t('Set Port Label: {target}', { target: targetText(forward.specification.target) }),
    placeHolder: l10n.t('Port label'),
    value: forward.specification.label ?? '',
  });
  if (label !== undefined) await services.forwards.setLabel(forward.id, label.trim());
}
