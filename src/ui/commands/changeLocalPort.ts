import * as vscode from 'vscode';
import { forwardName } from '../present/forwardText.ts';
import { localPortProblem } from '../present/portInput.ts';
import { oneForward } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Change Local Address Port: uses the port from a notification button, or asks for one. */
export async function changeLocalPort(
  services: CommandServices,
  argument: unknown,
  port: unknown,
): Promise<void> {
  const { l10n } = vscode;
  const forward = await oneForward(services, argument);
  if (forward === undefined) return;
  if (typeof port === 'number') {
    return services.starter.follow(services.forwards.changeLocalPort(forward.id, port), forward);
  }
  const text = await vscode.window.showInputBox({
    title: l10n.t('Change Local Address Port: {target}', { target: forwardName(forward) }),
    prompt: l10n.t('New local port'),
    value: forward.localPort === undefined ? '' : String(forward.localPort),
    validateInput: (value) => localPortProblem(l10n, value),
  });
  if (text === undefined || localPortProblem(l10n, text) !== undefined) return;
  if (Number(text) === forward.localPort && forward.state.type === 'ready') return;
  await services.starter.follow(services.forwards.changeLocalPort(forward.id, Number(text)), forward);
}
