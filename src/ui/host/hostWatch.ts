import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ReplacedHost } from '../../rpc/hostClient.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import { inform, outputButton } from '../notify.ts';
import type { OutputLog } from '../outputLog.ts';
import { errorText } from '../present/errorText.ts';
import type { HostConnector } from './hostConnector.ts';

/**
 * Starts a new host when the connection to the host was lost, so that the forwards are restored. After too many losses,
 * asks the user first.
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

  /** Reports that a newer host replaced an older one, and warns about forwards in other windows that were stopped. */
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
