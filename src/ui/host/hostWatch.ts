import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ReplacedHost } from '../../rpc/hostClient.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import { inform, type NotificationButton, outputButton } from '../notify.ts';
import type { OutputLog } from '../outputLog.ts';
import { errorText } from '../present/errorText.ts';
import type { HostConnector } from './hostConnector.ts';

/**
 * When the connection to the host is lost, tells the user and starts a new host, in which the window starts its
 * forwards again. After too many losses, starts no host automatically: the message then has a button that starts a
 * host. If a new host does not start, an error message has the same button. Exception: if the new host cannot start
 * because a newer version of the host already runs, the button reloads the window.
 */
export class HostWatch implements Disposable {
  readonly #host: HostConnector;
  readonly #forwards: ForwardsModel;
  readonly #output: OutputLog;
  readonly #owned = new DisposableStore();

  constructor(host: HostConnector, forwards: ForwardsModel, output: OutputLog) {
    this.#host = host;
    this.#forwards = forwards;
    this.#output = output;
    this.#owned.add(host.onDidLose(({ willRestart }) => this.#onLose(willRestart)));
    this.#owned.add(
      host.onDidConnect((replaced) => {
        if (replaced !== undefined) this.#onReplaced(replaced);
      }),
    );
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #onLose(willRestart: boolean): void {
    const { l10n } = vscode;
    const text = willRestart
      ? l10n.t('The background process ended unexpectedly and is restarting.')
      : l10n.t('The background process ended unexpectedly several times.');
    this.#output.channel.warn(text);
    inform('warning', text, [...(willRestart ? [] : [this.#restartButton()]), outputButton()]);
    if (willRestart) this.#start();
    else this.#forwards.setLoaded();
  }

  /**
   * Called when a newer host has replaced an older host. Writes the replacement to the output channel. Also warns the
   * user if forwards were stopped that this window does not start again. No other window starts them either, because
   * the windows of the older host cannot connect to the newer host.
   */
  #onReplaced({ version, others }: ReplacedHost): void {
    const { l10n } = vscode;
    this.#output.channel.info(l10n.t('Background process {version} was replaced.', { version }));
    if (others === 0) return;
    const text = l10n.t('The background process was updated. Forwards stopped in other windows: {count}', {
      count: others,
    });
    inform('warning', text);
  }

  #start(): void {
    this.#host.connect().catch((error: unknown) => {
      // Shows no error, because the window is closing.
      if (this.#owned.isDisposed) return;
      const info = toErrorInfo(error);
      const text = errorText(vscode.l10n, info);
      this.#output.channel.error(text);
      // Only a reloaded window has the version of the extension that can connect to a newer host.
      const button = info.code === 'HOST_TOO_NEW' ? reloadButton() : this.#restartButton();
      inform('error', text, [button, outputButton()]);
      this.#forwards.setLoaded();
    });
  }

  #restartButton(): NotificationButton {
    return { title: vscode.l10n.t('Restart'), run: async () => this.#start() };
  }
}

function reloadButton(): NotificationButton {
  return { title: vscode.l10n.t('Reload Window'), command: 'workbench.action.reloadWindow', arguments: [] };
}
