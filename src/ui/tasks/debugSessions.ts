import * as vscode from 'vscode';
import { type Clock, raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { TASK_TYPE } from '../../contributions.ts';
import { readSetting } from '../settings.ts';
import type { ForwardTasks, RunningTask } from './forwardTasks.ts';
import { type StartedTasks, startedTasks } from './startedTasks.ts';
import { showWait } from './waitProgress.ts';

/** A restart ends a session and starts the next one: its forwards stay for it. Milliseconds. */
const RESTART_MS = 1_000;
/** How long VS Code may take to show the problems of a check. Milliseconds. */
const PROBLEMS_MS = 2_000;

/** A session that is being started: it has not come to its debugger yet, or never will. */
interface Attempt {
  readonly tasks: StartedTasks;
  readonly folder: vscode.WorkspaceFolder | undefined;
  /** Names of the tasks that were opened for it: each once. What runs under such a name later was run by hand. */
  readonly opened: Set<string>;
}

/** A task that was opened for a debug session. */
interface DebuggedTask {
  readonly running: RunningTask;
  /** Ids of the sessions that use it. */
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
  #attempts: readonly Attempt[] = [];
  #debugged: readonly DebuggedTask[] = [];

  constructor(tasks: ForwardTasks, clock: Clock) {
    this.#tasks = tasks;
    this.#clock = clock;
    this.#owned.add(tasks.onDidOpen((running) => this.#onOpen(running)));
    this.#owned.add(vscode.tasks.onDidEndTaskProcess((event) => this.#onEndOfProcess(event)));
    this.#owned.add(vscode.debug.onDidStartDebugSession((session) => this.#onStart(session)));
    this.#owned.add(vscode.debug.onDidTerminateDebugSession((session) => this.#onEnd(session)));
  }

  /**
   * VS Code takes a task that runs already for done: call this before VS Code looks at it. Waits for the tasks that this
   * configuration starts, and for no other. Resolves with whether the session is to go on: the user may cancel.
   */
  async prepare(
    folder: vscode.WorkspaceFolder | undefined,
    { preLaunchTask }: vscode.DebugConfiguration,
    signal: AbortSignal,
  ): Promise<boolean> {
    const tasks = tasksOf(folder, preLaunchTask);
    if (tasks === undefined) return true;
    this.#forget(tasks, folder);
    this.#attempts = [...this.#attempts, { tasks, folder, opened: new Set() }];
    const doubtful = this.#tasks.running.filter(
      (running) => !running.task.isReady && isPart(tasks, folder, running),
    );
    if (doubtful.length === 0) return true;
    const checks = Promise.all(doubtful.map((running) => this.#recheck(running)));
    return await raceAbort(showWait(doubtful, checks, this.#clock), signal);
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
    const attempt = this.#attempts.find(
      ({ tasks, folder, opened }) => !opened.has(running.name) && isPart(tasks, folder, running),
    );
    if (attempt === undefined) return;
    attempt.opened.add(running.name);
    this.#debugged = [
      ...this.#debugged.filter((one) => this.#tasks.running.includes(one.running)),
      { running, sessions: new Set() },
    ];
    this.#watchFirstCheck(running, attempt).catch(() => {});
  }

  /** The session waits for the check; where that fails, VS Code asks the user, and tells nobody of the answer. */
  async #watchFirstCheck(running: RunningTask, attempt: Attempt): Promise<void> {
    const { task, firstCheck } = running;
    const isWanted = await showWait([running], firstCheck, this.#clock);
    // What it says then makes VS Code ask.
    if (!isWanted) task.cancelCheck();
    if (await firstCheck) return;
    this.#attempts = this.#attempts.filter((other) => other !== attempt);
    // Nobody who debugs all the same would have anything of it.
    if (!task.hasReady) running.end(1);
  }

  /** Another task that the session needs has failed: unless the user debugs all the same, the session is over. */
  #onEndOfProcess({ execution: { task }, exitCode }: vscode.TaskProcessEndEvent): void {
    if (exitCode === 0) return;
    this.#attempts = this.#attempts.filter(({ tasks }) => !tasks.includes(task));
  }

  #onStart({ id, configuration, workspaceFolder }: vscode.DebugSession): void {
    const tasks = tasksOf(workspaceFolder, configuration['preLaunchTask']);
    if (tasks === undefined) return;
    this.#forget(tasks, workspaceFolder);
    for (const { running, sessions } of this.#debugged) {
      if (isPart(tasks, workspaceFolder, running)) sessions.add(id);
    }
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
    if (this.#tasks.running.includes(one.running)) one.running.end(0);
  }

  #forget(tasks: StartedTasks, folder: vscode.WorkspaceFolder | undefined): void {
    this.#attempts = this.#attempts.filter(
      (other) => other.tasks.key !== tasks.key || keyOf(other.folder) !== keyOf(folder),
    );
  }
}

function isPart(
  tasks: StartedTasks,
  folder: vscode.WorkspaceFolder | undefined,
  running: RunningTask,
): boolean {
  const isElsewhere =
    folder !== undefined && running.folder !== undefined && keyOf(folder) !== keyOf(running.folder);
  return !isElsewhere && tasks.includes(running);
}

function tasksOf(
  folder: vscode.WorkspaceFolder | undefined,
  preLaunchTask: unknown,
): StartedTasks | undefined {
  const written = vscode.workspace.getConfiguration('tasks', folder?.uri ?? null).inspect<unknown[]>('tasks');
  const lists = [written?.workspaceFolderValue, written?.workspaceValue, written?.globalValue];
  return startedTasks(
    preLaunchTask,
    lists.flatMap((list) => (Array.isArray(list) ? list : [])),
  );
}

function keyOf(folder: vscode.WorkspaceFolder | undefined): string {
  return folder?.uri.toString() ?? '';
}
