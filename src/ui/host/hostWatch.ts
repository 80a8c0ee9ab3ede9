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
 * When the connection to the host is lost, tells the user and starts a new host. The window then starts its forwards
 * again in the new host. After too many losses, the window starts no host by itself. The message then has a button with
 * which the user starts the host, as has the message that a new host did not start. If another window has started a
 * newer host, the button reloads the window instead.
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
   * Called when a newer host has replaced an older host. Notes the replacement in the output channel. If forwards were
   * stopped that this window does not start again, warns the user, because the windows of these forwards cannot connect
   * to the newer host.
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
      // The window closes.
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
