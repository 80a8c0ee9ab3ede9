import * as vscode from 'vscode';
import { type Clock, raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { readSetting } from '../settings.ts';
import { type Compound, CompoundStarts } from './compounds.ts';
import type { ForwardTasks, RunningTask } from './forwardTasks.ts';
import { compoundsOf, isPart, tasksOf } from './launchFiles.ts';
import type { StartedTasks } from './startedTasks.ts';
import { untilEnded, untilProblems } from './taskEvents.ts';
import { folderKey } from './taskFolder.ts';
import { showWait } from './waitProgress.ts';

/** A restart ends a session and starts the next one, which reuses the forwards within this time. */
const RESTART_MS = 1_000;
/** A session that has not started by then never will. */
const ATTEMPT_MS = 300_000;
/** A compound starts its configurations this soon after the check of its task. */
const COMPOUND_MS = 5_000;

/** A session that is starting: its debugger has not started yet, and may never start. */
interface Attempt {
  readonly tasks: StartedTasks;
  readonly folder: vscode.WorkspaceFolder | undefined;
  /** When the entry was made. Old entries are dropped, because VS Code does not tell that a session never starts. */
  readonly madeAt: number;
  /** Names of the tasks opened for the session. A later task with the same name was started by the user. */
  readonly opened: Set<string>;
}

/** A task that was opened for a debug session. */
interface DebuggedTask {
  readonly running: RunningTask;
  /** Ids of the sessions that use the task. */
  readonly sessions: Set<string>;
  /** The configurations of the compound that started the task. Optional; without it, a configuration that names the task. */
  readonly compound?: readonly string[];
  /** The time at which a compound began to start sessions that use the task. */
  awaitedAt?: number;
}

/**
 * Connects debug sessions with the background tasks that they start. VS Code neither ends such a task with its session, nor
 * checks again a task that already runs.
 */
export class DebugSessions implements Disposable {
  readonly #tasks: ForwardTasks;
  readonly #clock: Clock;
  readonly #owned = new DisposableStore();
  readonly #compounds: CompoundStarts;
  /** Tasks that no session has asked for, but a compound or the user, with the time at which their first check ended. */
  readonly #unasked = new Map<RunningTask, number | undefined>();
  /** All configurations of a compound wait for the same check. */
  readonly #compoundWaits = new Map<string, Promise<boolean>>();
  #attempts: readonly Attempt[] = [];
  #debugged: readonly DebuggedTask[] = [];

  constructor(tasks: ForwardTasks, clock: Clock) {
    this.#tasks = tasks;
    this.#clock = clock;
    this.#compounds = new CompoundStarts(clock);
    this.#owned.add(tasks.onDidOpen((running) => this.#onOpen(running)));
    this.#owned.add(vscode.tasks.onDidEndTaskProcess((event) => this.#onEndOfProcess(event)));
    this.#owned.add(vscode.debug.onDidStartDebugSession((session) => this.#onStart(session)));
    this.#owned.add(vscode.debug.onDidTerminateDebugSession((session) => this.#onEnd(session)));
  }

  /**
   * VS Code treats a running task as done, so call this before VS Code looks at the tasks. Waits only for the tasks that this
   * configuration starts. Resolves with false if the user cancels the session.
   */
  async prepare(
    folder: vscode.WorkspaceFolder | undefined,
    { name, preLaunchTask }: vscode.DebugConfiguration,
    signal: AbortSignal,
  ): Promise<boolean> {
    const compounds = await this.#compounds.startedWith(name, compoundsOf(folder, name));
    for (const compound of compounds) {
      if (!(await raceAbort(this.#joinCompound(folder, compound), signal))) return false;
    }
    const tasks = tasksOf(folder, preLaunchTask);
    if (tasks === undefined) return true;
    this.#forget(tasks, folder);
    const attempt: Attempt = { tasks, folder, madeAt: this.#clock.now(), opened: new Set() };
    this.#attempts = [...this.#attempts, attempt];
    try {
      await raceAbort(untilEnded(tasks, this.#tasks.running, this.#clock), signal);
      const isWanted = await raceAbort(this.#recheckParts(tasks, folder), signal);
      if (!isWanted) this.#drop(attempt);
      return isWanted;
    } catch (error) {
      this.#drop(attempt);
      throw error;
    }
  }

  /** Resolves with false if the user cancels the session. */
  async #recheckParts(tasks: StartedTasks, folder: vscode.WorkspaceFolder | undefined): Promise<boolean> {
    const doubtful = this.#tasks.running.filter(
      (running) => !running.task.isReady && isPart(tasks, folder, running),
    );
    if (doubtful.length === 0) return true;
    const checks = Promise.all(doubtful.map((running) => this.#recheck(running)));
    return await showWait(doubtful, checks, this.#clock);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /**
   * Handles a configuration of a compound: VS Code has run the compound's task, or considers a running one done, and starts the
   * configurations now. Resolves with false if the user cancels them.
   */
  #joinCompound(
    folder: vscode.WorkspaceFolder | undefined,
    { preLaunchTask, configurations }: Compound,
  ): Promise<boolean> {
    const tasks = tasksOf(folder, preLaunchTask);
    if (tasks === undefined) return Promise.resolve(true);
    const key = JSON.stringify([folderKey(folder), tasks.key]);
    const known = this.#compoundWaits.get(key);
    if (known !== undefined) return known;
    const parts = this.#tasks.running.filter((running) => isPart(tasks, folder, running));
    const started = parts.filter((running) => this.#isJustStarted(running));
    for (const running of started) this.#claim({ running, sessions: new Set(), compound: configurations });
    for (const one of this.#debugged) {
      if (parts.includes(one.running)) one.awaitedAt = this.#clock.now();
    }
    const doubtful = parts.filter((running) => !running.task.isReady && !started.includes(running));
    const checks = Promise.all(doubtful.map((running) => this.#recheck(running)));
    const wait = doubtful.length === 0 ? Promise.resolve(true) : showWait(doubtful, checks, this.#clock);
    this.#compoundWaits.set(key, wait);
    const forget = (): void => {
      // The last configuration may be resolved after the first has waited.
      this.#owned.add(this.#clock.setTimer(RESTART_MS, () => this.#compoundWaits.delete(key)));
    };
    wait.then(forget, forget);
    return wait;
  }

  #isJustStarted(running: RunningTask): boolean {
    if (!this.#unasked.has(running)) return false;
    const endedAt = this.#unasked.get(running) ?? this.#clock.now();
    return this.#clock.now() - endedAt < COMPOUND_MS;
  }

  #claim(one: DebuggedTask): void {
    this.#unasked.delete(one.running);
    this.#debugged = [...this.#debugged.filter(({ running }) => this.#tasks.running.includes(running)), one];
  }

  async #recheck({ task, file }: RunningTask): Promise<void> {
    const isReady = await task.check();
    // VS Code asks before launching if there are errors, so it must have read the lines of this check.
    await untilProblems(file, !isReady, this.#clock);
  }

  #onOpen(running: RunningTask): void {
    const attempt = this.#pending.find(
      ({ tasks, folder, opened }) => !opened.has(running.name) && isPart(tasks, folder, running),
    );
    if (attempt === undefined) {
      this.#rememberUnasked(running);
      return;
    }
    attempt.opened.add(running.name);
    this.#claim({ running, sessions: new Set() });
    this.#watchFirstCheck(running, attempt).catch(() => {});
  }

  #rememberUnasked(running: RunningTask): void {
    for (const other of this.#unasked.keys()) {
      if (!this.#tasks.running.includes(other)) this.#unasked.delete(other);
    }
    this.#unasked.set(running, undefined);
    const settle = (): void => {
      if (this.#unasked.has(running)) this.#unasked.set(running, this.#clock.now());
    };
    running.firstCheck.then(settle, settle);
  }

  /** The session waits for the check. If the check fails, VS Code asks the user, but does not tell us the answer. */
  async #watchFirstCheck(running: RunningTask, attempt: Attempt): Promise<void> {
    const { task, firstCheck } = running;
    const isWanted = await showWait([running], firstCheck, this.#clock);
    // The failed check then makes VS Code ask the user.
    if (!isWanted) task.cancelCheck();
    if (await firstCheck) return;
    this.#drop(attempt);
    // Without a ready forward, the task is useless even if the user debugs anyway.
    if (!task.hasReady) running.end(1);
  }

  /** Another task that the session needs has failed. The session ends unless the user debugs anyway. */
  #onEndOfProcess({ execution: { task }, exitCode }: vscode.TaskProcessEndEvent): void {
    if (exitCode === 0) return;
    this.#attempts = this.#attempts.filter(({ tasks }) => !tasks.includes(task));
  }

  #onStart({ id, configuration, workspaceFolder }: vscode.DebugSession): void {
    const tasks = tasksOf(workspaceFolder, configuration['preLaunchTask']);
    if (tasks !== undefined) this.#forget(tasks, workspaceFolder);
    for (const { running, sessions, compound } of this.#debugged) {
      const isOwn = tasks !== undefined && isPart(tasks, workspaceFolder, running);
      if (isOwn || compound?.includes(configuration.name) === true) sessions.add(id);
    }
  }

  #onEnd({ id }: vscode.DebugSession): void {
    for (const one of this.#debugged) {
      if (one.sessions.delete(id) && one.sessions.size === 0) this.#endLater(one);
    }
  }

  #endLater(one: DebuggedTask): void {
    this.#owned.add(this.#clock.setTimer(RESTART_MS, () => this.#end(one)));
  }

  get #pending(): readonly Attempt[] {
    return this.#attempts.filter(({ madeAt }) => this.#clock.now() - madeAt < ATTEMPT_MS);
  }

  /** Whether a session that uses the task is starting: VS Code has seen that the task runs. */
  #isAwaited({ running, awaitedAt = Number.NEGATIVE_INFINITY }: DebuggedTask): boolean {
    const isAttempted = this.#pending.some(({ tasks, folder }) => isPart(tasks, folder, running));
    return isAttempted || this.#clock.now() - awaitedAt < COMPOUND_MS;
  }

  #end(one: DebuggedTask): void {
    if (one.sessions.size > 0 || !readSetting('stopForwardsAfterDebugging')) return;
    if (this.#isAwaited(one)) return this.#endLater(one);
    this.#debugged = this.#debugged.filter((other) => other !== one);
    if (this.#tasks.running.includes(one.running)) one.running.end(0);
  }

  #drop(attempt: Attempt): void {
    this.#attempts = this.#attempts.filter((other) => other !== attempt);
  }

  #forget(tasks: StartedTasks, folder: vscode.WorkspaceFolder | undefined): void {
    this.#attempts = this.#attempts.filter(
      (other) => other.tasks.key !== tasks.key || folderKey(other.folder) !== folderKey(folder),
    );
  }
}
