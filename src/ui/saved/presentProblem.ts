import { printable } from '../../base/text.ts';
import type { Localizer } from '../present/localizer.ts';
import { ICON_COLORS, type RowPresentation } from '../present/row.ts';
import { problemText } from './problemText.ts';
import type { SavedProblem } from './savedForward.ts';

/** The row of an invalid entry. */
export function presentProblem(l10n: Localizer, problem: SavedProblem): RowPresentation {
  const { name } = problem;
  const label = name === '' ? l10n.t('Unnamed saved forward') : printable(name);
  const reason = problemText(l10n, problem);
  return {
    label,
    description: reason,
    icon: { id: 'warning', color: ICON_COLORS.pending },
    flags: ['savedProblem'],
    accessibleName: `${label}: ${reason}`,
  };
}
