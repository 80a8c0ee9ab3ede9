import * as vscode from 'vscode';
import { systemClock } from '../../base/async.ts';
import { ForwardTask } from './forwardTask.ts';
import type { TaskPart } from './taskPart.ts';

export interface ForwardTerminalOptions {
  readonly parts: readonly TaskPart[];
  readonly timeoutMs: number;
  /** The absolute path of `tasks.json`. VS Code shows the problems of the task in this file. */
  readonly file: string;
  readonly onDidEnd: () => void;
}

/**
 * How long the terminal stays open after a failure, in milliseconds. VS Code needs this time to find the problem in the
 * last lines of the output, and does not search the output of a closed terminal.
 */
const PROBLEMS_MS = 500;

/** The terminal of a task. It shows the output of the task. When the terminal is closed, the task ends. */
export class ForwardTerminal implements vscode.Pseudoterminal {
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #onDidEnd: () => void;
  readonly #opened = Promise.withResolvers<void>();
  readonly task: ForwardTask;
  /**
   * The result of the first check of the task ({@link ForwardTask.check}). The check starts when VS Code opens the
   * terminal, because earlier output would be lost.
   */
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
    // If VS Code never opened the terminal, the first check has not started, and callers would wait for `firstCheck`
    // forever. `resolve` starts the check. It returns false at once, because the next line disposes of the task.
    this.#opened.resolve();
    this.task.dispose();
    this.#onDidEnd();
  }

  /**
   * Ends the task and its forwards. After a failure, the terminal closes a moment later, so that VS Code can find the
   * problem in the output.
   */
  end(exitCode: number): void {
    this.close();
    const fire = () => this.#closed.fire(exitCode);
    if (exitCode === 0) fire();
    else systemClock.setTimer(PROBLEMS_MS, fire);
  }
}
