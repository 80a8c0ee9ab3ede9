import { registerHooks } from 'node:module';
import type { Command, CommandKey } from '../src/ui/commands/command.ts';

/** What this file reads and writes of package.json. */
interface Manifest {
  readonly contributes: Readonly<Record<string, unknown>>;
}
type Strings = Readonly<Record<string, string>>;

const PREFIX = 'kubePortForward.';
const MENUS = ['issue/reporter', 'view/title', 'view/item/context', 'webview/context'] as const;

/** Stands in for VS Code while its modules are loaded: only what they read as they load. */
const VSCODE = `
  const anything = new Proxy(() => {}, { get: () => anything });
  export const window = anything, workspace = anything, ConfigurationTarget = anything;
`;

/** Loads the commands of the window outside of VS Code. None of them can be run. */
export async function loadCommands(): Promise<readonly Command[]> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'vscode'
        ? { url: `data:text/javascript,${encodeURIComponent(VSCODE)}`, shortCircuit: true }
        : next(specifier, context),
  });
  try {
    return (await import('../src/ui/commands/commands.ts')).COMMAND_LIST;
  } finally {
    hooks.deregister();
  }
}

/** The manifest with the commands, menus and keys that the commands declare. */
export function withCommands<M extends Manifest>(manifest: M, commands: readonly Command[]): M {
  const contributed = {
    commands: commands.map(({ id, icon }) => ({
      command: id,
      title: `%${titleKey(id)}%`,
      category: '%category%',
      ...(icon !== undefined && { icon: `$(${icon})` }),
    })),
    menus: {
      commandPalette: commands.flatMap(({ id, when }) =>
        when === undefined ? [] : [{ command: id, when: String(when) }],
      ),
      ...Object.fromEntries(MENUS.map((menu) => [menu, menuEntries(commands, menu)])),
    },
    keybindings: keybindings(commands),
  };
  return { ...manifest, contributes: { ...manifest.contributes, ...contributed } };
}

/** The strings of the manifest with the titles of the commands. */
export function withTitles(strings: Strings, commands: readonly Command[]): Strings {
  const titles = Object.fromEntries(commands.map(({ id, title }) => [titleKey(id), title]));
  const kept = Object.entries(strings).filter(([key]) => !key.startsWith('command.') || key in titles);
  // What is there already stays where it is.
  return { ...Object.fromEntries(kept), ...titles };
}

/** The text of `contributions.ts` with the IDs of the commands. */
export function withIds(source: string, commands: readonly Command[]): string {
  const ids = commands.map(({ id }) => `  ${id.slice(PREFIX.length)}: '${id}',\n`).join('');
  return source.replace(/(export const COMMANDS = \{\n)[^}]*/, (_, start: string) => `${start}${ids}`);
}

function titleKey(id: string): string {
  return `command.${id.slice(PREFIX.length)}`;
}

function menuEntries(commands: readonly Command[], menu: string): readonly object[] {
  return commands.flatMap(({ id, menus = [] }) =>
    menus
      .filter((entry) => entry.menu === menu)
      .flatMap(({ when, groups = [undefined] }) =>
        groups.map((group) => ({
          command: id,
          ...(when !== undefined && { when }),
          ...(group !== undefined && { group }),
        })),
      ),
  );
}

/**
 * VS Code takes the last rule that applies. Rules that only show a key come first, those with a condition of their own after those
 * without: a rule hides the key of an earlier one whose condition includes its own.
 */
function keybindings(commands: readonly Command[]): readonly object[] {
  const shown = commands.flatMap(({ id, shownKeys = [] }) => shownKeys.map((key) => ({ id, key })));
  const general = shown.filter(({ key }) => key.when === undefined);
  const special = shown.filter(({ key }) => key.when !== undefined);
  return [
    ...[...general, ...special].map(({ id, key }) => ({
      command: id,
      ...rule(key),
      args: { isKey: true },
    })),
    ...commands.flatMap(({ id, keys = [] }) => keys.map((key) => focusedRowRule(id, key))),
  ];
}

/** Toggles the selection twice before the command, because that tells which row has the focus: see `KeyRows`. */
function focusedRowRule(id: string, key: CommandKey): object {
  const args = { isKey: true, ...(key.renames && { renames: true }) };
  return {
    command: 'runCommands',
    ...rule(key, 'listHasSelectionOrFocus'),
    args: { commands: ['list.toggleSelection', 'list.toggleSelection', { command: id, args }] },
  };
}

function rule({ view, key, mac, when }: CommandKey, ...more: readonly string[]): object {
  const conditions = [`focusedView == ${PREFIX}${view}`, 'listFocus', '!inputFocus', when, ...more];
  return {
    key,
    ...(mac !== undefined && { mac }),
    when: conditions.filter((condition) => condition !== undefined).join(' && '),
  };
}
