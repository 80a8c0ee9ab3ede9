import * as vscode from 'vscode';
import { systemClock } from '../../base/async.ts';
import { ForwardTask } from './forwardTask.ts';
import type { TaskPart } from './taskPart.ts';

export interface ForwardTerminalOptions {
  readonly parts: readonly TaskPart[];
  readonly timeoutMs: number;
  /** Absolute path of the file that shows the problems. */
  readonly file: string;
  readonly onDidEnd: () => void;
}

/**
 * How long VS Code may take to look for problems in the last lines of output: it finds none in a terminal that has closed.
 * Milliseconds.
 */
const PROBLEMS_MS = 500;

/** The terminal of a task. It shows the output of the task, and ends the task when it is closed. */
export class ForwardTerminal implements vscode.Pseudoterminal {
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #onDidEnd: () => void;
  readonly #opened = Promise.withResolvers<void>();
  readonly task: ForwardTask;
  /** The check that starts when VS Code opens the terminal: earlier output would be lost. */
  readonly firstCheck: Promise<boolean>;

  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor({ onDidEnd, ...options }: ForwardTerminalOptions) {
    this.#onDidEnd = onDidEnd;
    this.task = new ForwardTask({
      ...options,
      l10n: vscode.l10n,
      clock: systemClock,
      write: (line) => this.#written.fire(`${line}\r\n`),
      onEnd: (exitCode) => this.end(exitCode),
    });
    this.firstCheck = this.#opened.promise.then(() => this.task.check());
    this.firstCheck.catch(() => {});
  }

  open(): void {
    this.#opened.resolve();
  }

  close(): void {
    // The terminal may never have been opened.
    this.#opened.resolve();
    this.task.dispose();
    this.#onDidEnd();
  }

  /** Ends the task, and its forwards with it. VS Code hears of a failure a moment later, once it has found the problem in the output. */
  end(exitCode: number): void {
    this.close();
    const fire = () => this.#closed.fire(exitCode);
    if (exitCode === 0) fire();
    else systemClock.setTimer(PROBLEMS_MS, fire);
  }
}
