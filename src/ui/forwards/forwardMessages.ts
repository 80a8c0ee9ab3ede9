import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { isPortProblem, isSignInProblem } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import { COMMANDS } from '../../contributions.ts';
import { looksLikeHttp } from '../../kinds/portProtocol.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import type { RefusedRestart } from '../host/hostList.ts';
import { type NotificationButton as Button, notify, notifyState, outputButton } from '../notify.ts';
import { errorText, isForbidden } from '../present/errorText.ts';
import { forwardedAddress, forwardName, needsSignIn, warningOf } from '../present/forwardText.ts';
import { byName, gatewayName } from '../present/gatewayText.ts';
import { knownPort } from '../present/knownPort.ts';
import { notificationText } from '../present/untrusted.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/**
 * Shows notifications about forwards: the result of each user action, and forwards that later fail or need a sign-in.
 * Never shows a dialog that blocks the window.
 */
export class ForwardMessages implements Disposable {
  readonly #model: ForwardsModel;
  readonly #owned = new DisposableStore();

  constructor(model: ForwardsModel) {
    this.#model = model;
    this.#owned.add(model.onDidFail((forwards) => this.#onFail(forwards)));
    this.#owned.add(model.onDidNeedSignIn((forward) => this.#onNeedSignIn(forward)));
    this.#owned.add(
      model.onDidRefuse((refusal) => this.#onRefuse(forwardName({ specification: refusal.wanted }), refusal)),
    );
  }

  /**
   * Shows the result after the user started, restarted or changed a forward: the forward is ready, has failed, or
   * cannot connect yet.
   */
  showOutcome(forward: ForwardSnapshot): void {
    if (forward.state.type === 'ready') this.#showReady(forward);
    else if (forward.state.type === 'failed') this.#showFailure(forward, forward.state.error);
    else if (forward.state.type === 'starting' && forward.state.error !== undefined) {
      this.#showNotYet(forward, forward.state.error);
    }
    // Shows nothing for a forward that is stopping or stopped, because the user has stopped it and knows that.
  }

  /**
   * Shows the results of several starts: one message with the number of ready forwards, and a message for each forward
   * that is not ready or could not be started.
   */
  showOutcomes(outcomes: readonly PromiseSettledResult<ForwardSnapshot>[]): void {
    let ready = 0;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') this.showError(outcome.reason);
      else if (outcome.value.state.type === 'ready') ready += 1;
      else this.showOutcome(outcome.value);
    }
    const { l10n } = vscode;
    if (ready === 0) return;
    const text =
      ready === 1 ? l10n.t('1 port forwarded') : l10n.t('{count} ports forwarded', { count: ready });
    notify('information', text, []);
  }

  /**
   * Shows why the host rejected a request.
   * @param forward the forward that the request was to change; optional. If its new local port is not available, the
   *   message offers another port
   */
  showError(error: unknown, forward?: ForwardSnapshot): void {
    this.showErrorInfo(toErrorInfo(error), forward);
  }

  showErrorInfo(error: ErrorInfo, forward?: ForwardSnapshot): void {
    const otherPort = forward && otherPortButton(forward, error);
    const buttons = [...(otherPort === undefined ? [] : [otherPort]), ...roleButtons(error), outputButton()];
    notify('error', errorText(vscode.l10n, error), buttons);
  }

  /**
   * Starts to show a message whenever a gateway needs the user to sign in, or does not start again after its host
   * ended. Shows no message about the sign-in of a gateway while a forward needs a sign-in too, because the message
   * about the forward already asks the user to sign in.
   */
  followGateways({ onDidNeedSignIn, onDidRefuse }: GatewaysModel): void {
    this.#owned.add(
      onDidRefuse((refusal) => this.#onRefuse(byName(vscode.l10n, refusal.wanted.namespaces), refusal)),
    );
    this.#owned.add(
      onDidNeedSignIn((gateway) => {
        if (gateway.state.type !== 'reconnecting' || this.#model.all.some(needsSignIn)) return;
        const title = vscode.l10n.t('Sign In');
        const signIn = { title, command: COMMANDS.restartForward, arguments: [gateway.id] };
        showNeedSignIn(gatewayName(vscode.l10n, gateway), gateway.state.error, signIn);
      }),
    );
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #showReady(forward: ForwardSnapshot): void {
    const { l10n } = vscode;
    const address = forwardedAddress(forward) ?? '';
    const args = { address, target: forwardName(forward) };
    const { replacedPort: port, replacedPortHolder: holder } = forward;
    const text =
      port === undefined
        ? l10n.t('Forwarding {address} → {target}', args)
        : holder === undefined
          ? l10n.t('Forwarding {address} → {target} (local port {port} is not available)', {
              ...args,
              port,
            })
          : l10n.t('Forwarding {address} → {target} (local port {port} is in use by {holder})', {
              ...args,
              port,
              holder: printable(holder),
            });
    const open = {
      title: l10n.t('Open in Browser'),
      command: COMMANDS.openInBrowser,
      arguments: [forward.id],
    };
    const copy = {
      title: l10n.t('Copy Local Address'),
      command: COMMANDS.copyLocalAddress,
      arguments: [forward.id],
    };
    const warning = warningOf(forward);
    const buttons = looksLikeHttp(knownPort(forward)) ? [open, copy] : [copy];
    if (warning === undefined) notify('information', text, buttons);
    else notify('warning', `${text}. ${errorText(l10n, warning)}.`, buttons);
  }

  #showNotYet(forward: ForwardSnapshot, error: ErrorInfo): void {
    const { l10n } = vscode;
    const text = l10n.t('Still trying to forward {target}: {reason}', {
      target: forwardName(forward),
      reason: errorText(l10n, error),
    });
    notifyState('warning', text, [outputButton()]);
  }

  #showFailure(forward: ForwardSnapshot, error: ErrorInfo): void {
    const text = failureText(forwardName(forward), error);
    const replace = this.#replaceButton(forward);
    notifyState('error', text, [
      ...(replace === undefined ? [] : [replace]),
      ...roleButtons(error),
      recoveryButton(forward, error),
      outputButton(),
    ]);
  }

  /**
   * If the forward failed because another forward uses its local port, returns a button that stops the other forward
   * and restarts this forward. Otherwise returns undefined.
   */
  #replaceButton(forward: ForwardSnapshot): Button | undefined {
    const inTheWay = this.#model.inTheWayOf(forward);
    if (inTheWay === undefined) return undefined;
    const title = vscode.l10n.t('Replace {forward}', { forward: forwardName(inTheWay) });
    return {
      title: notificationText(title),
      run: async () => this.showOutcome(await this.#model.replace(inTheWay.id, forward.id)),
    };
  }

  /**
   * Shows why a new host refused to start a forward or gateway again, if the user started it in this window. Shows
   * nothing for tasks, extensions and tools, because they get the error from their own snapshot (`Held.current`).
   */
  #onRefuse(target: string, { holder, error }: Pick<RefusedRestart<unknown>, 'holder' | 'error'>): void {
    if (holder.id !== this.#model.holders.person.id) return;
    notify('error', failureText(target, error), [...roleButtons(error), outputButton()]);
  }

  #onNeedSignIn(forward: ForwardSnapshot): void {
    if (forward.state.type !== 'reconnecting') return;
    const { error } = forward.state;
    showNeedSignIn(forwardName(forward), error, recoveryButton(forward, error));
  }

  #onFail(forwards: readonly ForwardSnapshot[]): void {
    const { l10n } = vscode;
    const [first] = forwards;
    if (forwards.length === 1 && first?.state.type === 'failed') {
      const args = { target: forwardName(first), reason: errorText(l10n, first.state.error) };
      const text = l10n.t('The forward {target} failed: {reason}', args);
      notifyState('warning', text, [recoveryButton(first, first.state.error), outputButton()]);
      return;
    }
    notifyState('warning', l10n.t('{count} forwards failed.', { count: forwards.length }), [
      { title: l10n.t('Show Forwards'), command: COMMANDS.showForwards, arguments: [] },
      outputButton(),
    ]);
  }
}

function failureText(target: string, error: ErrorInfo): string {
  const { l10n } = vscode;
  return l10n.t("Couldn't forward {target}: {reason}", { target, reason: errorText(l10n, error) });
}

function showNeedSignIn(target: string, error: ErrorInfo, signIn: Button): void {
  const { l10n } = vscode;
  const reason = errorText(l10n, error);
  const text = l10n.t('Sign in to keep forwarding {target}: {reason}', { target, reason });
  notifyState('warning', text, [signIn, outputButton()]);
}

/**
 * Returns the button that most likely solves the problem of a forward. Use Port: the local port is not available, and
 * the error suggests another port. Sign In: the server rejected the credentials, or there are none. Retry: any other
 * problem.
 */
function recoveryButton(forward: ForwardSnapshot, error: ErrorInfo): Button {
  const { l10n } = vscode;
  const otherPort = otherPortButton(forward, error);
  if (otherPort !== undefined) return otherPort;
  const title = isSignInProblem(error.code) ? l10n.t('Sign In') : l10n.t('Retry');
  return { title, command: COMMANDS.restartForward, arguments: [forward.id] };
}

function otherPortButton(forward: ForwardSnapshot, error: ErrorInfo): Button | undefined {
  const suggestion = Number(error.arguments['suggestion']);
  if (!isPortProblem(error.code) || !(suggestion > 0)) return undefined;
  return {
    title: vscode.l10n.t('Use Port {port}', { port: suggestion }),
    command: COMMANDS.changeLocalPort,
    arguments: [forward.id, suggestion],
  };
}

/**
 * Returns the button Copy Role if the error is a missing permission, otherwise an empty list. The button copies a role
 * with this permission, which the user can send to an administrator.
 */
export function roleButtons(error: ErrorInfo): readonly Button[] {
  if (!isForbidden(error)) return [];
  const run = async () => (await import('../onFirstUse.ts')).copyRoleOf(error);
  return [{ title: vscode.l10n.t('Copy Role'), run }];
}
