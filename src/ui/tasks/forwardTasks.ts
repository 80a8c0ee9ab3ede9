import { join } from 'node:path';
import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { usage } from '../../base/errors.ts';
import { homeFolder } from '../../base/homeFolder.ts';
import { TASK_TIMEOUT_S, TASK_TYPE } from '../../contributions.ts';
import { byName } from '../present/gatewayText.ts';
import type { EntryStarter } from '../saved/entryStarter.ts';
import { isNamespaceEntry, type NamespaceEntry, readEntry, readForwardEntry } from '../saved/forwardEntry.ts';
import { problemText } from '../saved/problemText.ts';
import { findSaved } from '../saved/savedForward.ts';
import type { SavedForwards } from '../saved/savedForwards.ts';
import { EnvFiles } from './envFiles.ts';
import { type ForwardPartServices, forwardPart } from './forwardPart.ts';
import type { ForwardTask } from './forwardTask.ts';
import { ForwardTerminal } from './forwardTerminal.ts';
import { type NamesPartServices, namesPart, type TaskNames } from './namesPart.ts';
import { SharedEnvFile } from './sharedEnvFile.ts';
import { ownFolder } from './taskFolder.ts';
import type { TaskPart } from './taskPart.ts';

export interface ForwardTaskServices extends ForwardPartServices, NamesPartServices {
  readonly saved: SavedForwards;
  readonly entries: EntryStarter;
  /** The absolute path of the folder in which the extension stores files for this workspace. */
  readonly storage: string;
}

/** A task whose terminal is open. */
export interface RunningTask {
  readonly name: string;
  readonly task: ForwardTask;
  readonly file: string;
  readonly definition: vscode.TaskDefinition;
  /**
   * The folder whose `tasks.json` or settings define the task. Undefined for tasks of the workspace and of the user.
   */
  readonly folder: vscode.WorkspaceFolder | undefined;
  /**
   * Resolves when the first check of the task has ended: with true if all forwards and namespaces of the task are
   * ready, otherwise with false.
   */
  readonly firstCheck: Promise<boolean>;
  end(exitCode: number): void;
}

/** The properties of a task that its parts (its forwards and namespaces) need. */
type PartsTask = Pick<TaskNames, 'name' | 'envFile'>;

/** Tasks of type `kubePortForward`: those in tasks.json, and one for each saved forward. */
export class ForwardTasks implements Disposable {
  readonly #services: ForwardTaskServices;
  readonly #envFiles: EnvFiles;
  readonly #owned = new DisposableStore();
  readonly #opened = this.#owned.add(new vscode.EventEmitter<RunningTask>());
  readonly #running = new Set<RunningTask>();

  readonly onDidOpen = this.#opened.event;

  constructor(services: ForwardTaskServices) {
    this.#services = services;
    this.#envFiles = new EnvFiles(services.storage);
  }

  get running(): readonly RunningTask[] {
    return [...this.#running];
  }

  provideTasks(): vscode.Task[] {
    return this.#services.saved.forwards.map(({ entry, scope }) => {
      const folder = scope.type === 'folder' ? vscode.Uri.parse(scope.folder) : undefined;
      const taskScope = folder === undefined ? undefined : vscode.workspace.getWorkspaceFolder(folder);
      return this.#create(
        { type: TASK_TYPE, forwards: [entry.name] },
        taskScope ?? vscode.TaskScope.Workspace,
        entry.name,
      );
    });
  }

  resolveTask({ definition, scope, name }: vscode.Task): vscode.Task {
    return this.#create(definition, scope ?? vscode.TaskScope.Workspace, name);
  }

  dispose(): void {
    this.#owned.dispose();
    for (const { task } of this.#running) task.dispose();
  }

  #create(
    definition: vscode.TaskDefinition,
    scope: vscode.WorkspaceFolder | vscode.TaskScope,
    name: string,
  ): vscode.Task {
    const execution = new vscode.CustomExecution((resolved) =>
      Promise.resolve(this.#open(resolved, typeof scope === 'object' ? scope : undefined, name)),
    );
    const task = new vscode.Task(definition, scope, name, TASK_TYPE, execution, `$${TASK_TYPE}`);
    task.isBackground = true;
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Silent };
    return task;
  }

  #open(
    definition: vscode.TaskDefinition,
    scope: vscode.WorkspaceFolder | undefined,
    name: string,
  ): vscode.Pseudoterminal {
    const { timeoutSeconds } = definition;
    const folder = scope ?? vscode.workspace.workspaceFolders?.[0];
    const timeoutS = Number.isInteger(timeoutSeconds) && timeoutSeconds > 0 ? timeoutSeconds : TASK_TIMEOUT_S;
    const file = join(folder?.uri.fsPath ?? homeFolder(), '.vscode', 'tasks.json');
    const envFile = new SharedEnvFile(
      { name, folder: ownFolder(scope) },
      this.#envFiles,
      this.#services.gateways,
    );
    const terminal = new ForwardTerminal({
      parts: this.#partsOf(definition, { name, envFile }, folder),
      timeoutMs: timeoutS * 1_000,
      file,
      onDidEnd: () => this.#running.delete(running),
    });
    const running: RunningTask = {
      ...{ name, file, definition, folder: scope },
      task: terminal.task,
      firstCheck: terminal.firstCheck,
      end: (exitCode) => terminal.end(exitCode),
    };
    this.#running.add(running);
    this.#opened.fire(running);
    return terminal;
  }

  #partsOf(
    definition: vscode.TaskDefinition,
    task: PartsTask,
    folder: vscode.WorkspaceFolder | undefined,
  ): readonly TaskPart[] {
    const { forwards, proxy } = definition;
    // Creates the part for the task's own namespace before the other parts, because the gateway looks up a service name
    // without a namespace in the order in which the parts were created.
    const own = proxy === true ? [this.#namesPart(definition, task)] : [];
    const list: readonly unknown[] = Array.isArray(forwards) ? forwards : [];
    const parts = list.map((item) =>
      typeof item === 'string' ? this.#savedPart(item, task, folder) : this.#forwardPart(item, task.name),
    );
    return parts.length + own.length > 0
      ? [...parts, ...own]
      : [this.#wrongPart(task.name, vscode.l10n.t('Add "forwards" or "proxy" to the task'))];
  }

  /**
   * Returns the {@link TaskPart} for a forward whose target and ports are in `tasks.json`, not in a saved forward. The
   * forward listens on loopback only, like all forwards of a workspace.
   */
  #forwardPart(item: unknown, task: string): TaskPart {
    const { target, remotePort, namespace = task } = Object(item) as Readonly<Record<string, unknown>>;
    const name = [target, remotePort].filter((part) => part !== undefined).join(':') || String(namespace);
    const read = readForwardEntry(typeof item === 'object' ? { name, ...item } : item);
    if (read.type === 'problem') return this.#wrongPart(name, problemText(vscode.l10n, read.problem));
    const { entry } = read;
    const specification = () => this.#services.entries.specification(entry);
    return forwardPart({ name: entry.name, specification }, task, this.#services);
  }

  /** Returns the {@link TaskPart} for a task with `proxy`: the part opens a namespace in a gateway. */
  #namesPart({ context, namespace, localPort }: vscode.TaskDefinition, task: PartsTask): TaskPart {
    const { name } = task;
    const read = readEntry({ name, proxy: true, ...defined({ context, namespace, localPort }) });
    if (read.type === 'problem') return this.#wrongPart(name, problemText(vscode.l10n, read.problem));
    const entry = read.entry as NamespaceEntry;
    return this.#openPart(entry, task, () => this.#services.entries.namespaces(entry));
  }

  /**
   * Returns the {@link TaskPart} for a saved forward or saved namespace whose name is in `tasks.json`. Reads the saved
   * forwards again whenever the part starts, because the user may change them while the task runs.
   */
  #savedPart(name: string, task: PartsTask, folder: vscode.WorkspaceFolder | undefined): TaskPart {
    const { saved, entries } = this.#services;
    const find = () => findSaved(saved.forwards, name, folder?.uri.toString());
    const unknown = () => usage(vscode.l10n.t('No saved forward has this name'));
    const first = find()?.entry;
    if (first !== undefined && isNamespaceEntry(first)) {
      return this.#openPart(first, task, async () => {
        const { entry, scope } = find() ?? {};
        if (entry === undefined || !isNamespaceEntry(entry)) throw unknown();
        return entries.namespaces(entry, scope);
      });
    }
    const specification = async () => {
      const { entry, scope } = find() ?? {};
      if (entry === undefined || isNamespaceEntry(entry)) throw unknown();
      return entries.specification(entry, scope);
    };
    return forwardPart({ name, specification }, task.name, this.#services);
  }

  #openPart(
    entry: NamespaceEntry,
    { name: task, envFile }: PartsTask,
    wanted: TaskNames['wanted'],
  ): TaskPart {
    const name = entry.namespace === undefined ? entry.name : byName(vscode.l10n, [entry.namespace]);
    return namesPart({ name, wanted, envFile }, task, this.#services);
  }

  #wrongPart(name: string, reason: string): TaskPart {
    return forwardPart({ name, specification: () => Promise.reject(usage(reason)) }, name, this.#services);
  }
}
