import { registerHooks } from 'node:module';
import { beforeEach } from 'node:test';
import { Emitter, type Event } from '../../src/base/event.ts';
import { english } from './localizer.ts';

/**
 * Makes imports of `vscode` load this file. This file contains only the parts of `vscode` that commands, messages,
 * tools and tasks use. A test must import this file first, and then load modules of `src/ui` with `import()`. A static
 * import of these modules would look for `vscode` before this file has run.
 */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: import.meta.url, shortCircuit: true } : next(specifier, context),
});

/** A message that was shown, with the titles of its buttons. */
export interface ShownMessage {
  readonly severity: 'information' | 'warning' | 'error';
  readonly text: string;
  readonly buttons: readonly string[];
}

/** What the code under test has shown and done in the replaced `vscode`, and the answers that a test sets. */
export const fake = {
  messages: [] as ShownMessage[],
  get texts(): readonly string[] {
    return fake.messages.map(({ text }) => text);
  },
  /** The button that answers the next message. Optional, default none: the message is dismissed. */
  nextButton: undefined as string | undefined,
  /** The text that answers the next input box. Optional, default none: the box is dismissed. */
  nextInput: undefined as string | undefined,
  /** The input boxes that were shown: the title, and the validation message for the text from `nextInput`. */
  boxes: [] as { readonly title: string | undefined; readonly message: unknown }[],
  /** The text of every document that is opened. */
  documentText: '',
  /** The last editor that was opened. Its positions are offsets in the text. */
  editor: undefined as
    | { readonly document: object; selection: Selection | undefined; revealRange(): void }
    | undefined,
  /** The lines of the output channel. Each line begins with its log level. */
  output: [] as string[],
  clipboard: '',
  /** The last status bar item that was created. */
  statusBarItem: undefined as FakeStatusBarItem | undefined,
  opened: [] as string[],
  executed: [] as { readonly command: string; readonly commandArguments: readonly unknown[] }[],
  registered: new Map<string, (...commandArguments: unknown[]) => unknown>(),
  settings: {} as Record<string, unknown>,
  /**
   * The values that `inspect` returns for each setting. The key is the section and name of the setting, such as
   * `tasks.tasks`. For a workspace folder, the key starts with the folder's URI and a space.
   */
  inspected: {} as Record<string, object>,
  /** The APIs of the other extensions. The keys are the ids of the extensions. */
  extensions: {} as Record<string, object>,
  /** The tasks that VS Code considers running. */
  taskExecutions: [] as readonly { readonly task: object }[],
  workspaceFolders: undefined as readonly { readonly name: string; readonly uri: Uri }[] | undefined,
  /** The errors that listeners of an {@link EventEmitter} threw. */
  listenerErrors: [] as unknown[],
  /** The label of the item that answers the next quick pick. Optional, default none: the pick is cancelled. */
  nextPick: undefined as string | undefined,
  /** Whether the quick picks of `createQuickPick` stay open until the test ends them. */
  picksStayOpen: false,
  /** The last quick pick that stayed open. */
  openPick: undefined as FakeQuickPick | undefined,
  /** The quick picks that were shown, with the labels of their items. */
  picks: [] as { readonly title: string; readonly labels: readonly string[] }[],
  /**
   * The results of `asExternalUri`. The key is an address on the machine of the extension, the value is the address on
   * the user's machine. For an address without an entry, both are the same, as in a local window.
   */
  external: {} as Record<string, string>,
  reset(): void {
    Object.assign(fake, { messages: [], nextButton: undefined, nextInput: undefined, clipboard: '' });
    Object.assign(fake, { opened: [], executed: [], settings: {}, external: {} });
    Object.assign(fake, {
      output: [],
      documentText: '',
      editor: undefined,
      inspected: {},
      extensions: {},
      nextPick: undefined,
      picksStayOpen: false,
      openPick: undefined,
      statusBarItem: undefined,
      boxes: [],
      picks: [],
      taskExecutions: [],
      workspaceFolders: undefined,
      listenerErrors: [],
    });
    fake.registered.clear();
  },
};

beforeEach(() => fake.reset());

class FakeStatusBarItem {
  text = '';
  tooltip: MarkdownString | undefined;
  isShown = false;

  show(): void {
    this.isShown = true;
  }

  hide(): void {
    this.isShown = false;
  }

  dispose(): void {
    this.hide();
  }
}

interface Item {
  readonly label: string;
  readonly description?: string;
  readonly kind?: number;
  readonly alwaysShow?: boolean;
}

/**
 * A quick pick that closes with the test's answer when it is shown with items, or stays open if `picksStayOpen` is
 * true. As in VS Code, when the items or the text change, the first item that matches the text gets the focus.
 */
class FakeQuickPick {
  title = '';
  value = '';
  activeItems: readonly Item[] = [];
  #items: readonly Item[] = [];
  readonly #accepted = new Emitter<void>();
  readonly #hidden = new Emitter<void>();
  readonly #typed = new Emitter<string>();
  readonly onDidAccept = this.#accepted.event;
  readonly onDidHide = this.#hidden.event;
  readonly onDidTriggerButton = new Emitter<void>().event;
  readonly onDidTriggerItemButton = new Emitter<void>().event;
  readonly onDidChangeValue = this.#typed.event;

  get items(): readonly Item[] {
    return this.#items;
  }

  set items(items: readonly Item[]) {
    this.#items = items;
    this.activeItems = this.visible.slice(0, 1);
  }

  /** The items that match the text, without separators. */
  get visible(): readonly Item[] {
    return this.#items.filter(
      ({ label, description = '', kind, alwaysShow }) =>
        kind !== QuickPickItemKind.Separator &&
        (alwaysShow === true || `${label} ${description}`.toLowerCase().includes(this.value.toLowerCase())),
    );
  }

  get activeLabel(): string | undefined {
    return this.activeItems[0]?.label;
  }

  show(): void {
    fake.picks.push({ title: this.title, labels: this.items.map(({ label }) => label) });
    if (fake.picksStayOpen) {
      fake.openPick = this;
      return;
    }
    this.activeItems = this.items.filter(({ label }) => label === fake.nextPick);
    if (this.activeItems.length > 0) this.#accepted.fire();
    else this.#hidden.fire();
  }

  type(text: string): void {
    this.value = text;
    this.activeItems = this.visible.slice(0, 1);
    this.#typed.fire(text);
  }

  /** Moves the focus to an item. */
  moveTo(label: string): void {
    this.activeItems = this.visible.filter((item) => item.label === label).slice(0, 1);
  }

  accept(): void {
    this.#accepted.fire();
  }

  dispose(): void {
    this.#hidden.fire();
  }
}

interface InputBox {
  readonly title?: string;
  readonly validateInput?: (text: string) => unknown;
}

function show(severity: ShownMessage['severity']) {
  return async (text: string, ...buttons: string[]): Promise<string | undefined> => {
    fake.messages.push({ severity, text, buttons });
    const answer = fake.nextButton;
    fake.nextButton = undefined;
    return answer !== undefined && buttons.includes(answer) ? answer : undefined;
  };
}

/** The events of VS Code that a test fires. */
export const events = {
  startDebugSession: new Emitter<object>(),
  endDebugSession: new Emitter<object>(),
  endTask: new Emitter<object>(),
  endTaskProcess: new Emitter<object>(),
  changeDiagnostics: new Emitter<object>(),
  openTerminal: new Emitter<object>(),
  collapseRow: new Emitter<object>(),
  expandRow: new Emitter<object>(),
  changeVisibility: new Emitter<object>(),
};

export const l10n = english;

export const debug = {
  onDidStartDebugSession: events.startDebugSession.event,
  onDidTerminateDebugSession: events.endDebugSession.event,
};

export const tasks = {
  get taskExecutions() {
    return fake.taskExecutions;
  },
  onDidEndTask: events.endTask.event,
  onDidEndTaskProcess: events.endTaskProcess.event,
};

export const languages = {
  getDiagnostics: () => [],
  onDidChangeDiagnostics: events.changeDiagnostics.event,
};

export const window = {
  onDidOpenTerminal: events.openTerminal.event,
  showInformationMessage: show('information'),
  showWarningMessage: show('warning'),
  showErrorMessage: show('error'),
  /** Runs the work without showing any progress. */
  async withProgress<T>(_options: unknown, run: () => Promise<T>): Promise<T> {
    return await run();
  },
  createOutputChannel() {
    const write = (level: string) => (text: string) => fake.output.push(`${level} ${text}`);
    return { info: write('info'), warn: write('warn'), error: write('error'), dispose() {} };
  },
  activeTextEditor: undefined,
  async showTextDocument(uri: Uri) {
    fake.opened.push(uri.toString());
    const document = { getText: () => fake.documentText, positionAt: (offset: number) => offset };
    fake.editor = { document, selection: undefined, revealRange() {} };
    return fake.editor;
  },
  /** Returns a visible tree view that has no selected rows. */
  createTreeView: () => ({
    ...{ selection: [], visible: true, badge: undefined, dispose() {} },
    onDidChangeSelection: new Emitter<object>().event,
    onDidCollapseElement: events.collapseRow.event,
    onDidExpandElement: events.expandRow.event,
    onDidChangeVisibility: events.changeVisibility.event,
  }),
  createStatusBarItem() {
    fake.statusBarItem = new FakeStatusBarItem();
    return fake.statusBarItem;
  },
  registerWebviewViewProvider: () => ({ dispose() {} }),
  createQuickPick: () => new FakeQuickPick(),
  async showQuickPick<T extends { readonly label: string }>(items: readonly T[]): Promise<T | undefined> {
    return items.find(({ label }) => label === fake.nextPick);
  },
  /** Returns the text only if it passes the validation. VS Code accepts no invalid text either. */
  async showInputBox(box: InputBox = {}): Promise<string | undefined> {
    const answer = fake.nextInput;
    fake.nextInput = undefined;
    const message = answer === undefined ? undefined : box.validateInput?.(answer);
    fake.boxes.push({ title: box.title, message });
    return message === undefined ? answer : undefined;
  },
};

export const commands = {
  registerCommand(id: string, run: (...commandArguments: unknown[]) => unknown) {
    fake.registered.set(id, run);
    return { dispose: () => fake.registered.delete(id) };
  },
  async executeCommand(command: string, ...commandArguments: unknown[]): Promise<void> {
    fake.executed.push({ command, commandArguments });
  },
};

export const extensions = {
  getExtension(id: string) {
    const api = fake.extensions[id];
    return api && { activate: async () => api };
  },
};

export const env = {
  remoteName: undefined,
  shell: '/bin/bash',
  clipboard: {
    async writeText(text: string): Promise<void> {
      fake.clipboard = text;
    },
  },
  async asExternalUri(uri: Uri): Promise<Uri> {
    return Uri.parse(fake.external[uri.toString()] ?? uri.toString());
  },
  async openExternal(uri: Uri): Promise<boolean> {
    fake.opened.push(uri.toString());
    return true;
  },
};

export const workspace = {
  isTrusted: true,
  get workspaceFolders() {
    return fake.workspaceFolders;
  },
  getConfiguration: (section?: string, scope?: Uri | null) => ({
    get: (name: string) => fake.settings[name],
    inspect: (name: string) =>
      fake.inspected[`${scope} ${section}.${name}`] ?? fake.inspected[`${section}.${name}`] ?? {},
    /** Stores the value, so that `inspect` returns it. */
    async update(name: string, value: unknown, target: 1 | 2 | 3): Promise<void> {
      const key = `${section}.${name}`;
      const valueName = (['globalValue', 'workspaceValue', 'workspaceFolderValue'] as const)[target - 1];
      fake.inspected[key] = { ...fake.inspected[key], [String(valueName)]: value };
    },
  }),
};

export class Uri {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;

  constructor({ scheme, authority, path }: { scheme: string; authority: string; path: string }) {
    this.scheme = scheme;
    this.authority = authority;
    this.path = path;
  }

  static from(parts: { scheme: string; authority: string; path: string }): Uri {
    return new Uri(parts);
  }

  static file(path: string): Uri {
    return new Uri({ scheme: 'file', authority: '', path });
  }

  static joinPath(uri: Uri, ...segments: readonly string[]): Uri {
    return uri.with({ path: [uri.path, ...segments].join('/') });
  }

  static parse(text: string): Uri {
    const { protocol, host, pathname } = new URL(text);
    return new Uri({ scheme: protocol.slice(0, -1), authority: host, path: pathname });
  }

  with(changes: { scheme?: string; authority?: string; path?: string }): Uri {
    return new Uri({ scheme: this.scheme, authority: this.authority, path: this.path, ...changes });
  }

  toString(): string {
    return `${this.scheme}://${this.authority}${this.path}`;
  }
}

/**
 * Replaces VS Code's class `EventEmitter`. As in VS Code, the code that fires an event does not get the errors that
 * listeners throw.
 */
export class EventEmitter<T> {
  readonly #emitter = new Emitter<T>();

  readonly event: Event<T> = (listener) =>
    this.#emitter.event((value) => {
      try {
        listener(value);
      } catch (error) {
        fake.listenerErrors.push(error);
      }
    });

  fire(value: T): void {
    this.#emitter.fire(value);
  }

  dispose(): void {
    this.#emitter.dispose();
  }
}

export class CustomExecution {
  readonly open: (definition: object) => Promise<unknown>;

  constructor(open: (definition: object) => Promise<unknown>) {
    this.open = open;
  }
}

export class Task {
  readonly definition: object;
  readonly execution: unknown;

  constructor(definition: object, _scope: unknown, _name: string, _source: string, execution: unknown) {
    this.definition = definition;
    this.execution = execution;
  }
}

export const TaskScope = { Global: 1, Workspace: 2 } as const;
export const TaskRevealKind = { Always: 1, Silent: 2, Never: 3 } as const;
export const ExtensionKind = { UI: 1, Workspace: 2 };

export class TerminalProfile {
  readonly options: unknown;

  constructor(options: unknown) {
    this.options = options;
  }
}

export class ThemeIcon {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

export class Selection {
  readonly anchor: unknown;

  constructor(anchor: unknown) {
    this.anchor = anchor;
  }
}

export class ThemeColor extends ThemeIcon {}

export class MarkdownString {
  value = '';

  appendMarkdown(markdown: string): this {
    this.value += markdown;
    return this;
  }

  /** Appends the text with a backslash before each character that has a meaning in Markdown, as VS Code does. */
  appendText(text: string): this {
    return this.appendMarkdown(text.replace(/[\\`*_{}[\]()#+\-!~]/g, '\\$&'));
  }
}

export class TreeItem {
  readonly label: string;
  readonly collapsibleState: number;

  constructor(label: string, collapsibleState: number) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

export class FileSystemError extends Error {
  readonly code: string;

  constructor(code: string, uri: Uri) {
    super(uri.toString());
    this.code = code;
  }

  static FileNotADirectory(uri: Uri): FileSystemError {
    return new FileSystemError('FileNotADirectory', uri);
  }

  static NoPermissions(uri: Uri): FileSystemError {
    return new FileSystemError('NoPermissions', uri);
  }
}

export class LanguageModelTextPart {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

export class LanguageModelToolResult {
  readonly content: readonly LanguageModelTextPart[];

  constructor(content: readonly LanguageModelTextPart[]) {
    this.content = content;
  }
}

export const QuickInputButtons = { Back: new ThemeIcon('arrow-left') } as const;
export const QuickPickItemKind = { Separator: -1, Default: 0 } as const;
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 } as const;
export const TextEditorRevealType = { InCenterIfOutsideViewport: 2 } as const;
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 } as const;
export const InputBoxValidationSeverity = { Info: 1, Warning: 2, Error: 3 } as const;
export const StatusBarAlignment = { Left: 1, Right: 2 } as const;
export const FileType = { Unknown: 0, File: 1, Directory: 2 } as const;
export const FilePermission = { Readonly: 1 } as const;
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;
