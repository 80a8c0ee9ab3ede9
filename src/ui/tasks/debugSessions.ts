import * as vscode from 'vscode';
import { type Clock, raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { readSetting } from '../settings.ts';
import { type Compound, CompoundStarts } from './compounds.ts';
import type { ForwardTasks, RunningTask } from './forwardTasks.ts';
import { compoundsOf, includesTask, tasksOf } from './launchFiles.ts';
import type { StartedTasks } from './startedTasks.ts';
import { untilEnded, untilProblems } from './taskEvents.ts';
import { folderKey } from './taskFolder.ts';
import { showWait } from './waitProgress.ts';

/**
 * How long a task keeps running after its last debug session has ended, in milliseconds. If the user restarts
 * debugging, the next debug session starts within this time and reuses the task's forwards.
 */
const RESTART_MS = 1_000;
/**
 * If a debug session has not started within this time after {@link DebugSessions.prepare} was called for the session,
 * it is assumed that the session never starts. Milliseconds.
 */
const START_MS = 300_000;
/**
 * When a compound starts, VS Code first runs the task of the compound, and waits for the first check of the task. VS
 * Code then starts the configurations of the compound within this time, in milliseconds. If the configurations start
 * later, the compound is assumed not to have started the task.
 */
const COMPOUND_MS = 5_000;

/** A debug session that is starting: its debugger has not started yet, and may never start. */
interface PendingStart {
  /** The name of the debug configuration. */
  readonly name: string;
  readonly tasks: StartedTasks;
  readonly folder: vscode.WorkspaceFolder | undefined;
  /**
   * When VS Code began to start the debug session. The debug session is ignored after {@link START_MS}, because VS
   * Code does not report that a debug session will never start.
   */
  readonly madeAt: number;
  /**
   * The names of the tasks that VS Code has started for the debug session. VS Code starts each task only once for a
   * debug session. So if a second task with one of these names starts, the user has started that task.
   */
  readonly opened: Set<string>;
}

/** A task that VS Code started for a debug session or a compound. */
interface DebuggedTask {
  readonly running: RunningTask;
  /** The ids of the debug sessions that use the task. */
  readonly sessions: Set<string>;
  /** The configurations of the compound that started the task. Missing if a single configuration started the task. */
  readonly compound?: readonly string[];
  /**
   * When VS Code last began to start a compound that uses the task. Missing if no compound uses the task. The task does
   * not end within {@link COMPOUND_MS} after this time, so that the debug sessions of the compound can use it.
   */
  awaitedAt?: number;
}

/**
 * Manages the background tasks of debug sessions, which VS Code starts but neither ends nor checks again. Ends a task
 * after the last debug session that uses the task, unless the setting `stopForwardsAfterDebugging` is off. Before
 * another debug session uses a running task, checks the task: a check starts the forwards of the task that are not
 * ready, and waits for them.
 */
export class DebugSessions implements Disposable {
  readonly #tasks: ForwardTasks;
  readonly #clock: Clock;
  readonly #owned = new DisposableStore();
  readonly #compounds: CompoundStarts;
  /**
   * Tasks that the user or a compound has started. VS Code does not tell which of the two it was. Omits tasks that VS
   * Code started for a debug configuration with a `preLaunchTask`. The value is the time at which the first check of
   * the task ended, and undefined before that. If a compound that uses the task starts within {@link COMPOUND_MS} after
   * this time, the compound is assumed to have started the task.
   */
  readonly #unassigned = new Map<RunningTask, number | undefined>();
  /**
   * Promises that resolve when the tasks of a compound have been checked again: with false if the user cancels,
   * otherwise with true. All configurations of a compound wait for the same promise, so that each task is checked only
   * once. The key consists of the folder and the `preLaunchTask` of the compound.
   */
  readonly #compoundWaits = new Map<string, Promise<boolean>>();
  #starts: readonly PendingStart[] = [];
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
   * Prepares the tasks that a debug configuration starts. Waits until tasks that are ending have ended. If a task is
   * already running but not ready, starts its missing forwards again and waits for them. Must be called before VS Code
   * starts the tasks, because VS Code considers every running task ready and does not wait for it. Resolves with false
   * if the user cancels the debug session.
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
    this.#forget(name, tasks, folder);
    const start: PendingStart = { name, tasks, folder, madeAt: this.#clock.now(), opened: new Set() };
    this.#starts = [...this.#starts, start];
    try {
      await raceAbort(untilEnded(tasks, this.#tasks, this.#clock), signal);
      const isWanted = await raceAbort(this.#recheckTasks(tasks, folder), signal);
      if (!isWanted) this.#drop(start);
      return isWanted;
    } catch (error) {
      this.#drop(start);
      throw error;
    }
  }

  /**
   * Finds the running tasks that a debug session needs and that are not ready. Starts their missing forwards again and
   * waits for them. Resolves with false if the user cancels the session, otherwise with true.
   */
  async #recheckTasks(tasks: StartedTasks, folder: vscode.WorkspaceFolder | undefined): Promise<boolean> {
    const doubtful = this.#tasks.running.filter(
      (running) => !running.task.isReady && includesTask(tasks, folder, running),
    );
    if (doubtful.length === 0) return true;
    const checks = Promise.all(doubtful.map((running) => this.#recheck(running)));
    return await showWait(doubtful, checks, this.#clock);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /**
   * Prepares a compound whose configurations VS Code starts now. If VS Code has just started a task for the compound,
   * assigns the task to the compound's debug sessions. Checks older tasks of the compound again if they are not ready.
   * Resolves with false if the user cancels, otherwise with true.
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
    const compoundTasks = this.#tasks.running.filter((running) => includesTask(tasks, folder, running));
    const started = compoundTasks.filter((running) => this.#isJustStarted(running));
    for (const running of started) this.#claim({ running, sessions: new Set(), compound: configurations });
    for (const one of this.#debugged) {
      if (compoundTasks.includes(one.running)) one.awaitedAt = this.#clock.now();
    }
    const doubtful = compoundTasks.filter((running) => !running.task.isReady && !started.includes(running));
    const checks = Promise.all(doubtful.map((running) => this.#recheck(running)));
    const wait = doubtful.length === 0 ? Promise.resolve(true) : showWait(doubtful, checks, this.#clock);
    this.#compoundWaits.set(key, wait);
    const forget = (): void => {
      // The promise stays in the map for a while after it has settled. VS Code may prepare the last configuration of
      // the compound during this time, and the tasks must not be checked again for this configuration.
      this.#owned.add(this.#clock.setTimer(RESTART_MS, () => this.#compoundWaits.delete(key)));
    };
    wait.then(forget, forget);
    return wait;
  }

  #isJustStarted(running: RunningTask): boolean {
    if (!this.#unassigned.has(running)) return false;
    const endedAt = this.#unassigned.get(running) ?? this.#clock.now();
    return this.#clock.now() - endedAt < COMPOUND_MS;
  }

  #claim(one: DebuggedTask): void {
    this.#unassigned.delete(one.running);
    this.#debugged = [...this.#debugged.filter(({ running }) => this.#tasks.running.includes(running)), one];
  }

  async #recheck({ task, file }: RunningTask): Promise<void> {
    const isReady = await task.check();
    // If the Problems view contains errors of the task, VS Code asks the user whether to debug anyway. So the debug
    // session must wait until the view contains the errors of this check. If this check has no errors, it must wait
    // until the errors of an earlier check have disappeared.
    await untilProblems(file, !isReady, this.#clock);
  }

  #onOpen(running: RunningTask): void {
    const start = this.#pending.find(
      ({ tasks, folder, opened }) => !opened.has(running.name) && includesTask(tasks, folder, running),
    );
    if (start === undefined) {
      this.#rememberUnassigned(running);
      return;
    }
    start.opened.add(running.name);
    this.#claim({ running, sessions: new Set() });
    this.#watchFirstCheck(running).catch(() => {});
  }

  #rememberUnassigned(running: RunningTask): void {
    for (const other of this.#unassigned.keys()) {
      if (!this.#tasks.running.includes(other)) this.#unassigned.delete(other);
    }
    this.#unassigned.set(running, undefined);
    const settle = (): void => {
      if (this.#unassigned.has(running)) this.#unassigned.set(running, this.#clock.now());
    };
    running.firstCheck.then(settle, settle);
  }

  /**
   * Shows the progress of a task's first check while a debug session waits for the check. If the check fails, VS Code
   * asks the user whether to debug anyway, but does not tell the extension the answer. So after a failed check, the
   * debug sessions that wait for the task no longer count as starting.
   */
  async #watchFirstCheck(running: RunningTask): Promise<void> {
    const { task, firstCheck } = running;
    const isWanted = await showWait([running], firstCheck, this.#clock);
    // A cancelled check counts as failed, so that VS Code asks the user whether to debug anyway.
    if (!isWanted) task.cancelCheck();
    if (await firstCheck) return;
    this.#starts = this.#starts.filter(({ tasks, folder }) => !includesTask(tasks, folder, running));
    // If no forward is ready, the task ends, because the task would be useless even if the user debugs anyway.
    if (!task.hasReady) running.end(1);
  }

  /**
   * If a task fails, the debug sessions that need the task no longer count as starting: they start only if the user
   * chooses to debug anyway.
   */
  #onEndOfProcess({ execution: { task }, exitCode }: vscode.TaskProcessEndEvent): void {
    if (exitCode === 0) return;
    this.#starts = this.#starts.filter(({ tasks }) => !tasks.includes(task));
  }

  #onStart({ id, configuration, workspaceFolder }: vscode.DebugSession): void {
    const tasks = tasksOf(workspaceFolder, configuration['preLaunchTask']);
    if (tasks !== undefined) this.#forget(configuration.name, tasks, workspaceFolder);
    for (const { running, sessions, compound } of this.#debugged) {
      const isOwn = tasks !== undefined && includesTask(tasks, workspaceFolder, running);
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

  get #pending(): readonly PendingStart[] {
    return this.#starts.filter(({ madeAt }) => this.#clock.now() - madeAt < START_MS);
  }

  /**
   * Returns true if a debug session that uses the task is starting. The task must not end while this is true: VS Code
   * has already seen that the task is running, and would not start the task again.
   */
  #isAwaited({ running, awaitedAt = Number.NEGATIVE_INFINITY }: DebuggedTask): boolean {
    const isStarting = this.#pending.some(({ tasks, folder }) => includesTask(tasks, folder, running));
    return isStarting || this.#clock.now() - awaitedAt < COMPOUND_MS;
  }

  #end(one: DebuggedTask): void {
    if (one.sessions.size > 0 || !readSetting('stopForwardsAfterDebugging')) return;
    if (this.#isAwaited(one)) return this.#endLater(one);
    this.#debugged = this.#debugged.filter((other) => other !== one);
    if (this.#tasks.running.includes(one.running)) one.running.end(0);
  }

  #drop(start: PendingStart): void {
    this.#starts = this.#starts.filter((other) => other !== start);
  }

  /**
   * Removes the starts of this debug configuration from the list of pending starts. Keeps the starts of other
   * configurations with the same `preLaunchTask`, because VS Code may start several configurations at a time, for
   * example all configurations of a compound. If a name in the list contains a variable, which VS Code replaces later,
   * the names cannot be compared. Such a start is removed too, if its tasks and its folder are the same.
   */
  #forget(name: string, tasks: StartedTasks, folder: vscode.WorkspaceFolder | undefined): void {
    this.#starts = this.#starts.filter(
      (other) =>
        other.tasks.key !== tasks.key ||
        folderKey(other.folder) !== folderKey(folder) ||
        (other.name !== name && !other.name.includes('${')),
    );
  }
}
