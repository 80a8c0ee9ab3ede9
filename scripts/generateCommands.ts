import { registerHooks } from 'node:module';
import { defined } from '../src/base/defined.ts';
import type { Command, CommandKey } from '../src/ui/commands/command.ts';

/** The fields of package.json that this file reads and writes. */
interface Manifest {
  readonly contributes: Readonly<Record<string, unknown>>;
}
type Strings = Readonly<Record<string, string>>;

const PREFIX = 'kubePortForward.';
const MENUS = ['issue/reporter', 'view/title', 'view/item/context', 'webview/context'] as const;

/**
 * The source of a module that replaces `vscode` while the command modules are loaded. It contains only what these
 * modules use while they are loaded.
 */
const VSCODE = `
  const anything = new Proxy(() => {}, { get: () => anything });
  export const window = anything, workspace = anything, ConfigurationTarget = anything;
`;

/** Loads the definitions of the window's commands outside of VS Code. The commands cannot be run there. */
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

/** Replaces the commands, menus and key bindings in the manifest with those of the command definitions. */
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

/** Replaces the command titles in the strings of `package.nls.json` with those of the command definitions. */
export function withTitles(strings: Strings, commands: readonly Command[]): Strings {
  const titles = Object.fromEntries(commands.map(({ id, title }) => [titleKey(id), title]));
  const kept = Object.entries(strings).filter(([key]) => !key.startsWith('command.') || key in titles);
  // The entries that exist already come first, so that they keep their position in the file.
  return { ...Object.fromEntries(kept), ...titles };
}

/** Replaces the command IDs in the text of `contributions.ts` with those of the command definitions. */
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
          ...defined({ when, group }),
        })),
      ),
  );
}

/**
 * Returns the key bindings. Their order matters, because VS Code uses the last rule whose condition is true. Rules that
 * only show a key in menus come first. Among them, rules without a `when` condition come before rules with a condition.
 * In the other order, VS Code would never show the key of a rule with a condition.
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

/**
 * Returns a key binding that toggles the selection of the focused row twice, and then runs the command. The selection
 * is then the same as before, but the changes have told the extension which row has the focus: see `KeyRows`.
 */
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
    ...defined({ mac }),
    when: conditions.filter((condition) => condition !== undefined).join(' && '),
  };
}
