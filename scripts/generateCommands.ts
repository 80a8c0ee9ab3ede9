import { registerHooks } from 'node:module';
import type { Command, CommandKey } from '../src/ui/commands/command.ts';

/** The fields of package.json that this file reads and writes. */
interface Manifest {
  readonly contributes: Readonly<Record<string, unknown>>;
}
type Strings = Readonly<Record<string, string>>;

const PREFIX = 'kubePortForward.';
const MENUS = ['issue/reporter', 'view/title', 'view/item/context', 'webview/context'] as const;

/**
 * Replaces the module `vscode` while the command modules are loaded. Contains only what these modules use during
 * loading.
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

/** Returns the manifest with the commands, menus and keys of the command declarations. */
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

/** Returns the strings of the manifest with the titles of the commands. */
export function withTitles(strings: Strings, commands: readonly Command[]): Strings {
  const titles = Object.fromEntries(commands.map(({ id, title }) => [titleKey(id), title]));
  const kept = Object.entries(strings).filter(([key]) => !key.startsWith('command.') || key in titles);
  // Existing entries keep their position in the file.
  return { ...Object.fromEntries(kept), ...titles };
}

/** Returns the text of `contributions.ts` with the IDs of the commands. */
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
 * Returns the key bindings in an order for VS Code, where the last rule that applies wins. Rules that only display a
 * key come first. Among these rules, general ones come before those with a condition: a later general rule would hide
 * the key of a rule with a condition.
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
 * Returns a rule that toggles the selection twice and then runs the command. The toggles tell the window which row has
 * the focus: see `KeyRows`.
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
    ...(mac !== undefined && { mac }),
    when: conditions.filter((condition) => condition !== undefined).join(' && '),
  };
}
