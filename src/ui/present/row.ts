import type { RowFlag } from '../../contributions.ts';

/**
 * The content of a tree row, independent of VS Code's API. All texts are plain text, without Markdown, icons or
 * commands.
 */
export interface RowPresentation {
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon?: RowIcon;
  /** The color of the label of a forwarded target or namespace. Optional, default: no special color. */
  readonly decoration?: RowDecoration;
  readonly flags: readonly RowFlag[];
  /** Id of the command that a click on the row runs. Optional, default: a click runs no command. */
  readonly command?: string;
  /** The text for screen readers. */
  readonly accessibleName: string;
}

export type RowDecoration = 'forwarded' | 'disconnected';

export interface RowIcon {
  /** Name of a codicon, which is an icon that VS Code contains: `plug`. */
  readonly id: string;
  /** Id of a theme color. Optional, default: the color of the row. */
  readonly color?: string;
}

export const ICON_COLORS = {
  good: 'testing.iconPassed',
  pending: 'testing.iconQueued',
  bad: 'testing.iconFailed',
  quiet: 'disabledForeground',
  /**
   * The color of a forward that is ready. Differs from the color in VS Code's Ports view, because that color is
   * invisible in the light high contrast theme: white on white.
   */
  forwarded: 'charts.green',
} as const;

/** Joins the parts that are not empty into one line. */
export function joinParts(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

/** Joins the parts that are not empty into a text for screen readers. */
export function joinNames(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}

/** One line `Title: value` for each value that is not empty. */
export function joinLines(lines: readonly (readonly [title: string, value: string | undefined])[]): string {
  return lines
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([title, value]) => (title === '' ? value : `${title}: ${value}`))
    .join('\n');
}
