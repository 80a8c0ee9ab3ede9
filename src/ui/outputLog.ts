import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { type LogEntry, logged } from '../rpc/contract.ts';
import type { HostConnector } from './host/hostConnector.ts';
import { onDidSuppress } from './notify.ts';

/**
 * Writes every step of every forward to an output channel, and the notifications that a setting suppresses. The user
 * sets the log level of the channel in VS Code.
 */
export class OutputLog implements Disposable {
  readonly #owned = new DisposableStore();
  readonly channel: vscode.LogOutputChannel;

  constructor(host: HostConnector) {
    this.channel = this.#owned.add(
      vscode.window.createOutputChannel('Kubernetes Port Forward', { log: true }),
    );
    this.#owned.add(
      onDidSuppress(({ severity, text }) =>
        severity === 'error' ? this.channel.error(text) : this.channel.warn(text),
      ),
    );
    this.#owned.add(host.onNotification(logged, (entry) => void this.#write(entry).catch(() => {})));
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Writes one line. The code that formats lines is loaded with the first line. */
  async #write(entry: LogEntry): Promise<void> {
    const { logText } = await import('./onFirstUse.ts');
    this.channel[entry.level](logText(vscode.l10n, entry));
  }
}
