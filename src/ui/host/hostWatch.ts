import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ReplacedHost } from '../../rpc/hostClient.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import { inform, outputButton } from '../notify.ts';
import type { OutputLog } from '../outputLog.ts';
import { errorText } from '../present/errorText.ts';
import type { HostConnector } from './hostConnector.ts';

/**
 * When the connection to the host is lost, tells the user and starts a new host. The window then starts its forwards
 * again in the new host. After too many losses, the window starts no host by itself: the message then has a button with
 * which the user starts the host.
 */
export class HostWatch implements Disposable {
  readonly #host: HostConnector;
  readonly #output: OutputLog;
  readonly #owned = new DisposableStore();

  constructor(host: HostConnector, output: OutputLog) {
    this.#host = host;
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
    const restart = { title: l10n.t('Restart'), run: async () => this.#start() };
    inform('warning', text, [...(willRestart ? [] : [restart]), outputButton()]);
    if (willRestart) this.#start();
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
      this.#output.channel.error(errorText(vscode.l10n, toErrorInfo(error)));
    });
  }
}
