import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { type LogEntry, logged } from '../rpc/contract.ts';
import type { HostSession } from './host/hostSession.ts';
import { logText } from './present/logText.ts';

/** The output channel logs every step of every forward. VS Code controls its log level. */
export class OutputLog implements Disposable {
  readonly #owned = new DisposableStore();
  readonly channel: vscode.LogOutputChannel;

  constructor(session: HostSession) {
    this.channel = this.#owned.add(
      vscode.window.createOutputChannel('Kubernetes Port Forward', { log: true }),
    );
    this.#owned.add(session.onNotification(logged, (entry) => this.#write(entry)));
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
