import type { RowFlag } from '../../contributions.ts';

/** A tree row as plain data. All text is plain text: nothing in it is Markdown, an icon or a command. */
export interface RowPresentation {
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon?: RowIcon;
  /** Colours the label of a target that is forwarded. */
  readonly decoration?: RowDecoration;
  /** Whether the label stands out. */
  readonly isBold?: boolean;
  readonly flags: readonly RowFlag[];
  /** Id of what a click runs; nothing where none is given. */
  readonly command?: string;
  /** What a screen reader says. */
  readonly accessibleName: string;
}

export type RowDecoration = 'forwarded' | 'disconnected';

export interface RowIcon {
  /** Name of a codicon. */
  readonly id: string;
  /** Id of a theme colour; the row's own colour where none is given. */
  readonly color?: string;
}

export const ICON_COLORS = {
  good: 'testing.iconPassed',
  pending: 'testing.iconQueued',
  bad: 'testing.iconFailed',
  quiet: 'disabledForeground',
  forwarded: 'ports.iconRunningProcessForeground',
} as const;

/** The parts that are there, in one line. */
export function joinParts(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

/** `Title: value` a line, for the values that are there. */
export function joinLines(lines: readonly (readonly [title: string, value: string | undefined])[]): string {
  return lines
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([title, value]) => (title === '' ? value : `${title}: ${value}`))
    .join('\n');
}
