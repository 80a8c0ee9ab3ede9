import { type RowFlag, VIEWS } from '../../contributions.ts';
import type { CommandHandler } from './commandServices.ts';

type View = Exclude<keyof typeof VIEWS, 'loading'>;

/** A place of a command in the menus of VS Code. */
export interface MenuEntry {
  readonly menu: 'view/title' | 'view/item/context' | 'webview/context' | 'issue/reporter';
  /** Optional, default always. */
  readonly when?: string;
  /** One entry for each: a row shows a command in line and in its menu. Optional, default VS Code's own group. */
  readonly groups?: readonly string[];
}

/** A key while a tree has the focus. */
export interface CommandKey {
  readonly view: View;
  readonly key: string;
  readonly mac?: string;
  /** Optional, default always. */
  readonly when?: string;
  /** Passed to the command, see `KeyArguments`. */
  readonly renames?: true;
}

/**
 * A command with everything that package.json says about it. `npm run generate` writes the manifest and its strings, and the IDs in
 * `contributions.ts`.
 */
export interface Command {
  readonly id: `kubePortForward.${string}`;
  /** English. The title in package.nls.json. */
  readonly title: string;
  /** The name of a product icon. Optional, default none. */
  readonly icon?: string;
  /** When the Command Palette lists the command; false for never. Optional, default always. */
  readonly when?: string | false;
  readonly menus?: readonly MenuEntry[];
  /** Keys that run the command for the focused row. */
  readonly keys?: readonly CommandKey[];
  /** Keys that menus show beside the command. */
  readonly shownKeys?: readonly CommandKey[];
  readonly run: CommandHandler;
}

export const DELETE_KEY: CommandKey = { view: 'forwards', key: 'delete', mac: 'cmd+backspace' };

/** Declares a command. Add it to the list of its file, and run `npm run generate`. */
export function defineCommand(command: Command): Command {
  return command;
}

/** Returns a button or menu entry in the title of a view. @param when a context key; optional, default always */
export function onTitle(view: View, group: string, when?: string): MenuEntry {
  const condition = `view == ${VIEWS[view]}`;
  return {
    menu: 'view/title',
    when: when === undefined ? condition : `${condition} && ${when}`,
    groups: [group],
  };
}

/** A flag that a row must have, must not have (`!`), or a choice of flags. */
type RowCondition = RowFlag | `!${RowFlag}` | readonly RowFlag[];

/** Entries for rows of a tree that meet all conditions, one for each group. */
export function onRow(view: View, conditions: readonly RowCondition[], ...groups: string[]): MenuEntry {
  return {
    menu: 'view/item/context',
    when: [`view == ${VIEWS[view]}`, ...conditions.map(rowCondition)].join(' && '),
    groups,
  };
}

function rowCondition(condition: RowCondition): string {
  if (typeof condition !== 'string') return `viewItem =~ /\\b(${condition.join('|')})\\b/`;
  // VS Code has no operator for a pattern that must not match.
  return condition.startsWith('!')
    ? `!(viewItem =~ /\\b${condition.slice(1)}\\b/)`
    : `viewItem =~ /\\b${condition}\\b/`;
}
