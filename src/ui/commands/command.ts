import { type RowFlag, VIEWS } from '../../contributions.ts';
import type { CommandHandler } from './commandServices.ts';

type View = Exclude<keyof typeof VIEWS, 'loading'>;

/** A menu of VS Code in which a command appears. */
export interface MenuEntry {
  readonly menu: 'view/title' | 'view/item/context' | 'webview/context' | 'issue/reporter';
  /** A `when` clause: the menu contains the command only while it is true. Optional, default always. */
  readonly when?: string;
  /**
   * The groups of the menu in which the command appears, once in each group. With `inline@1` and `1_open@1`, for
   * example, a row has the command as a button and in its context menu. Optional, default VS Code's own group.
   */
  readonly groups?: readonly string[];
}

/** A key that runs a command while a tree view has the focus. */
export interface CommandKey {
  readonly view: View;
  readonly key: string;
  readonly mac?: string;
  /**
   * A `when` clause: if it is false, the key does not run the command, even if the view has the focus. Optional,
   * default always.
   */
  readonly when?: string;
  /**
   * True if this key means Rename on the operating system, as Enter does on macOS. The command receives this value in
   * its argument (`KeyArguments` in `src/ui/keyRows.ts`). If the focused row can be renamed, the command renames that
   * row instead of doing its usual work. Optional, default false.
   */
  readonly renames?: true;
}

/**
 * A command and all that package.json contains about the command. From these values, `npm run generate` writes
 * package.json, package.nls.json, and the ids in `src/contributions.ts`.
 */
export interface Command {
  readonly id: `kubePortForward.${string}`;
  /** The English title, as package.nls.json contains it. */
  readonly title: string;
  /** The name of one of VS Code's own icons, such as `refresh`. Optional, default none. */
  readonly icon?: string;
  /**
   * The condition under which the Command Palette lists the command, as a `when` clause; false for never. Optional,
   * default always.
   */
  readonly when?: string | false;
  readonly menus?: readonly MenuEntry[];
  /** Keys that run the command for the focused row. */
  readonly keys?: readonly CommandKey[];
  /**
   * Keys that menus show beside the command. Needed because VS Code shows only keys that are bound to the command
   * itself. The keys in `keys` are bound to a list of commands that ends with this command (see `src/ui/keyRows.ts`),
   * so menus would not show them.
   */
  readonly shownKeys?: readonly CommandKey[];
  /**
   * True for a command that needs no row, such as a button in the title of a tree view. The command runs even if VS
   * Code passes no row. Optional, default false: if a menu passes no row, the row of the menu has vanished, and the
   * command does not run.
   */
  readonly ignoresRow?: true;
  readonly run: CommandHandler;
}

export const DELETE_KEY: CommandKey = { view: 'forwards', key: 'delete', mac: 'cmd+backspace' };

/**
 * Returns the command unchanged. With this call, the compiler checks each command on its own, and reports an error
 * where the command is written. Add each new command to the list of its file, and run `npm run generate`.
 */
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

/**
 * A condition for the flags of a row. `flag`: the row must have the flag. `!flag`: the row must not have the flag. A
 * list: the row must have at least one of the flags.
 */
type RowCondition = RowFlag | `!${RowFlag}` | readonly RowFlag[];

/**
 * Returns the menu entry of a command for rows of a view. The command appears in the menus of those rows that meet all
 * conditions, once in each group.
 */
export function onRow(view: View, conditions: readonly RowCondition[], ...groups: string[]): MenuEntry {
  return {
    menu: 'view/item/context',
    when: [`view == ${VIEWS[view]}`, ...conditions.map(rowCondition)].join(' && '),
    groups,
  };
}

function rowCondition(condition: RowCondition): string {
  if (typeof condition !== 'string') return `viewItem =~ /\\b(${condition.join('|')})\\b/`;
  // Negates the whole comparison, because a `when` clause has no operator for "does not match".
  return condition.startsWith('!')
    ? `!(viewItem =~ /\\b${condition.slice(1)}\\b/)`
    : `viewItem =~ /\\b${condition}\\b/`;
}
