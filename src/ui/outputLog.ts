import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { type LogEntry, logged } from '../rpc/contract.ts';
import type { HostConnector } from './host/hostConnector.ts';
import { logText } from './present/logText.ts';

/** The output channel logs every step of every forward. VS Code controls its log level. */
export class OutputLog implements Disposable {
  readonly #owned = new DisposableStore();
  readonly channel: vscode.LogOutputChannel;

  constructor(host: HostConnector) {
    this.channel = this.#owned.add(
      vscode.window.createOutputChannel('Kubernetes Port Forward', { log: true }),
    );
    this.#owned.add(host.onNotification(logged, (entry) => this.#write(entry)));
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #write(entry: LogEntry): void {
    this.channel[entry.level](logText(vscode.l10n, entry));
  }
}
