import { join } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { CodedError } from '../../base/errors.ts';
import { homeFolder } from '../../base/homeFolder.ts';
import { TASK_TYPE } from '../../contributions.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForwards } from '../forwards/heldForwards.ts';
import type { EntryStarter } from '../saved/entryStarter.ts';
import { isNamespaceEntry, readForwardEntry } from '../saved/forwardEntry.ts';
import { problemText } from '../saved/problemText.ts';
import { findSaved } from '../saved/savedForward.ts';
import type { SavedForwards } from '../saved/savedForwards.ts';
import type { ForwardTask, TaskForward } from './forwardTask.ts';
import { ForwardTerminal } from './forwardTerminal.ts';

export interface ForwardTaskServices {
  readonly saved: SavedForwards;
  readonly entries: EntryStarter;
  readonly held: HeldForwards;
  readonly forwards: ForwardsModel;
}

/** A task whose terminal is open. */
export interface RunningTask {
  readonly name: string;
  readonly task: ForwardTask;
  readonly file: string;
  readonly definition: vscode.TaskDefinition;
  /** The folder whose `tasks.json` defines the task. */
  readonly folder: vscode.WorkspaceFolder | undefined;
  /** The first check of the task. */
  readonly firstCheck: Promise<boolean>;
  end(exitCode: number): void;
}

const DEFAULT_TIMEOUT_S = 60;

/** Tasks of type `kubePortForward`: those in tasks.json, and one for each saved forward. */
export class ForwardTasks implements Disposable {
  readonly #services: ForwardTaskServices;
  readonly #owned = new DisposableStore();
  readonly #opened = this.#owned.add(new vscode.EventEmitter<RunningTask>());
  readonly #running = new Set<RunningTask>();

  readonly onDidOpen = this.#opened.event;

  constructor(services: ForwardTaskServices) {
    this.#services = services;
  }

  get running(): readonly RunningTask[] {
    return [...this.#running];
  }

  provideTasks(): vscode.Task[] {
    return this.#services.saved.forwards.map(({ entry, place }) => {
      const folder = place.type === 'folder' ? vscode.Uri.parse(place.folder) : undefined;
      const scope = folder === undefined ? undefined : vscode.workspace.getWorkspaceFolder(folder);
      return this.#create(
        { type: TASK_TYPE, forwards: [entry.name] },
        scope ?? vscode.TaskScope.Workspace,
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
    const { forwards, timeoutSeconds } = definition;
    const folder = scope ?? vscode.workspace.workspaceFolders?.[0];
    const { held, forwards: model } = this.#services;
    const timeoutS =
      Number.isInteger(timeoutSeconds) && timeoutSeconds > 0 ? timeoutSeconds : DEFAULT_TIMEOUT_S;
    const file = join(folder?.uri.fsPath ?? homeFolder(), '.vscode', 'tasks.json');
    const list: readonly unknown[] = Array.isArray(forwards) ? forwards : [];
    const terminal = new ForwardTerminal({
      name,
      forwards: list.map((item) => this.#toForward(item, folder)),
      held,
      model,
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

  /** Reads the name of a saved forward, or an inline forward, which listens on loopback like all workspace forwards. */
  #toForward(item: unknown, folder: vscode.WorkspaceFolder | undefined): TaskForward {
    const { saved, entries } = this.#services;
    if (typeof item === 'string') {
      return {
        name: item,
        specification: async () => {
          const found = findSaved(saved.forwards, item, folder?.uri.toString());
          if (found === undefined) throw usage(vscode.l10n.t('No saved forward has this name'));
          if (isNamespaceEntry(found.entry)) {
            throw usage(vscode.l10n.t('This saved forward has no port: it forwards all services by name'));
          }
          return entries.specification(found.entry, found.place.type === 'user');
        },
      };
    }
    const given = item as { readonly target?: unknown; readonly remotePort?: unknown } | null;
    const name = `${given?.target}:${given?.remotePort}`;
    const read = readForwardEntry(typeof item === 'object' ? { name, ...item } : item);
    return read.type === 'entry'
      ? { name: read.entry.name, specification: () => entries.specification(read.entry, false) }
      : { name, specification: () => Promise.reject(usage(problemText(vscode.l10n, read.problem))) };
  }
}

function usage(reason: string): CodedError {
  return new CodedError('USAGE', { reason });
}
