import * as vscode from 'vscode';
import { type Clock, raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { TASK_TYPE } from '../../contributions.ts';
import { readSetting } from '../settings.ts';
import type { ForwardTasks, RunningTask } from './forwardTasks.ts';

/** A restart ends a session and starts the next one: its forwards stay for it. Milliseconds. */
const RESTART_MS = 1_000;
/** How long VS Code may take to show the problems of a check. Milliseconds. */
const PROBLEMS_MS = 2_000;

/** A task that was opened for a debug session. */
interface DebuggedTask {
  readonly running: RunningTask;
  /** Ids of the sessions that may need it. */
  readonly sessions: Set<string>;
}

/**
 * What VS Code leaves undone between debug sessions and the background tasks that they start: it neither ends such a task
 * with its session, nor looks again at one that runs already.
 */
export class DebugSessions implements Disposable {
  readonly #tasks: ForwardTasks;
  readonly #clock: Clock;
  readonly #owned = new DisposableStore();
  /** The `preLaunchTask`s of sessions that are being started. */
  readonly #starting = new Set<string>();
  #debugged: readonly DebuggedTask[] = [];

  constructor(tasks: ForwardTasks, clock: Clock) {
    this.#tasks = tasks;
    this.#clock = clock;
    this.#owned.add(tasks.onDidOpen((running) => this.#onOpen(running)));
    this.#owned.add(vscode.debug.onDidStartDebugSession((session) => this.#onStart(session)));
    this.#owned.add(vscode.debug.onDidTerminateDebugSession((session) => this.#onEnd(session)));
  }

  /** VS Code takes a task that runs already for done: call this before VS Code looks at it. */
  async prepare({ preLaunchTask: task }: vscode.DebugConfiguration, signal: AbortSignal): Promise<void> {
    const name = nameOf(task);
    if (name === undefined) return;
    this.#starting.add(name);
    // All of them: what the task depends on is not known.
    const doubtful = this.#tasks.running.filter((running) => !running.task.isReady);
    await raceAbort(Promise.all(doubtful.map((running) => this.#recheck(running))), signal);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #recheck({ task, file }: RunningTask): Promise<void> {
    const isReady = await task.check();
    // VS Code asks before it launches where there are errors: it has to have read this check's lines by then.
    await this.#untilProblems(file, !isReady);
  }

  async #untilProblems(file: string, isWanted: boolean): Promise<void> {
    const hasProblems = (): boolean =>
      vscode.languages.getDiagnostics(vscode.Uri.file(file)).some(({ source }) => source === TASK_TYPE) ===
      isWanted;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(PROBLEMS_MS, resolve);
    const subscription = vscode.languages.onDidChangeDiagnostics(() => {
      if (hasProblems()) resolve();
    });
    if (hasProblems()) resolve();
    await promise;
    timer.dispose();
    subscription.dispose();
  }

  #onOpen(running: RunningTask): void {
    if (this.#starting.size === 0) return;
    this.#debugged = [
      ...this.#debugged.filter((one) => this.#tasks.running.includes(one.running)),
      { running, sessions: new Set() },
    ];
  }

  #onStart({ id, configuration }: vscode.DebugSession): void {
    const name = nameOf(configuration['preLaunchTask']);
    if (name === undefined) return;
    this.#starting.delete(name);
    // What a session's task depends on is not known: better a forward too long than one too short.
    for (const { sessions } of this.#debugged) sessions.add(id);
  }

  #onEnd({ id }: vscode.DebugSession): void {
    for (const one of this.#debugged) {
      if (!one.sessions.delete(id) || one.sessions.size > 0) continue;
      this.#owned.add(this.#clock.setTimer(RESTART_MS, () => this.#end(one)));
    }
  }

  #end(one: DebuggedTask): void {
    if (one.sessions.size > 0 || !readSetting('stopForwardsAfterDebugging')) return;
    this.#debugged = this.#debugged.filter((other) => other !== one);
    if (this.#tasks.running.includes(one.running)) one.running.end();
  }
}

/** The task that a debug session starts first, by its name or its definition. */
function nameOf(task: unknown): string | undefined {
  if (task === undefined || task === null || task === '') return undefined;
  return typeof task === 'string' ? task : JSON.stringify(task);
}
