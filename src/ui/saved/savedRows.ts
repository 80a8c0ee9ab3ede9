import { defined } from '../../base/defined.ts';
import { printable } from '../../base/text.ts';
import type { RowFlag } from '../../contributions.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { RowPlace } from '../present/forwardRows.ts';
import { forwardName } from '../present/forwardText.ts';
import type { Localizer } from '../present/localizer.ts';
import { ICON_COLORS, joinLines, joinParts, type RowPresentation } from '../present/row.ts';
import type { ForwardEntry } from './forwardEntry.ts';
import { problemText } from './problemText.ts';
import {
  groupsOf,
  isForwardOf,
  type SavedForward,
  type SavedList,
  type SavedPlace,
  type SavedProblem,
  savedKey,
} from './savedForward.ts';

export type ArrangedRow =
  | {
      readonly type: 'forward';
      readonly id: string;
      readonly forward: ForwardSnapshot;
      readonly place: RowPlace;
      /** The saved entry of the forward. Optional. */
      readonly saved?: SavedForward;
    }
  /** A saved forward that does not run. */
  | { readonly type: 'saved'; readonly id: string; readonly saved: SavedForward }
  /** The forwards of an untrusted workspace. */
  | { readonly type: 'heldBack'; readonly id: string }
  | { readonly type: 'savedProblem'; readonly id: string; readonly problem: SavedProblem }
  | {
      readonly type: 'savedGroup';
      readonly id: string;
      readonly group: string;
      readonly rows: readonly ArrangedRow[];
    };

/** The rows of the view: running forwards, then saved ones that do not run. Grouped forwards are in their group. */
export function arrangeRows(
  forwards: readonly ForwardSnapshot[],
  { forwards: saved, problems, isHeldBack = false }: SavedList,
): readonly ArrangedRow[] {
  const groups = groupsOf(saved);
  const running = forwards.map((forward) => ({ forward, own: savedOf(saved, forward) }));
  const rowsOf = (group: string | undefined): readonly ArrangedRow[] => [
    ...running
      .filter(({ own }) => own?.entry.group === group)
      .map(
        ({ forward, own }): ArrangedRow => ({
          type: 'forward',
          id: forward.id,
          forward,
          place: placeOf(forward, forwards),
          ...defined({ saved: own }),
        }),
      ),
    ...notRunning(saved, forwards)
      .filter(({ entry }) => entry.group === group)
      .map((one): ArrangedRow => ({ type: 'saved', id: savedKey(one), saved: one })),
  ];
  return [
    ...rowsOf(undefined),
    ...groups.map(
      (group): ArrangedRow => ({
        type: 'savedGroup',
        id: `savedGroup ${group}`,
        group,
        rows: rowsOf(group),
      }),
    ),
    ...problems.map(
      (problem, index): ArrangedRow => ({
        type: 'savedProblem',
        id: `savedProblem ${index} ${problem.name}`,
        problem,
      }),
    ),
    ...(isHeldBack ? [{ type: 'heldBack', id: 'heldBack' } as const] : []),
  ];
}

/** The namespace or context, or both, that distinguish a forward from others with the same name. */
function placeOf(forward: ForwardSnapshot, forwards: readonly ForwardSnapshot[]): RowPlace {
  const { namespace, context } = forward.specification.target;
  const others = forwards
    .filter((other) => forwardName(other) === forwardName(forward))
    .map(({ specification }) => specification.target);
  return {
    ...(others.some((other) => other.namespace !== namespace) && { namespace: printable(namespace) }),
    ...(others.some((other) => other.context.context !== context.context) && {
      context: printable(context.context),
    }),
  };
}

/** The saved entry of a forward. */
export function savedOf(saved: readonly SavedForward[], forward: ForwardSnapshot): SavedForward | undefined {
  return saved.find(({ entry }) => isForwardOf(entry, forward));
}

/** The flags for the menu entries of a saved forward. */
export function entryFlags({ entry }: SavedForward): readonly RowFlag[] {
  return entry.autoStart === true ? ['entry', 'autoStart'] : ['entry'];
}

/** The saved forwards that do not run. */
export function notRunning(
  saved: readonly SavedForward[],
  forwards: readonly ForwardSnapshot[],
): readonly SavedForward[] {
  return saved.filter(({ entry }) => !forwards.some((forward) => isForwardOf(entry, forward)));
}

/** `service/web:80`. */
export function entryTarget({ target, remotePort }: Pick<ForwardEntry, 'target' | 'remotePort'>): string {
  return printable(`${target}:${remotePort}`);
}

/**
 * The row of a saved forward that does not run. Dimmed. Shows where it is saved if another one has the same name.
 * @param nameOf returns the name of a place for users
 */
export function presentSaved(
  l10n: Localizer,
  { entry, place, hides = [], hasNamesake = false }: SavedForward,
  nameOf: (place: SavedPlace) => string,
): RowPresentation {
  const name = printable(entry.name);
  const target = entryTarget(entry);
  const where = printable(nameOf(place));
  const isAmbiguous = hides.length > 0 || hasNamesake;
  return {
    label: name,
    description: joinParts([l10n.t('saved'), target, isAmbiguous ? where : undefined]),
    tooltip: joinLines([
      [l10n.t('Target'), target],
      [l10n.t('Namespace'), entry.namespace === undefined ? undefined : printable(entry.namespace)],
      [l10n.t('Context'), entry.context === undefined ? l10n.t('current') : printable(entry.context)],
      [l10n.t('Local port'), entry.localPort === undefined ? undefined : String(entry.localPort)],
      [l10n.t('Starts automatically'), entry.autoStart === true ? l10n.t('yes') : undefined],
      [l10n.t('Saved in'), where],
      [l10n.t('Overrides the forward in'), hides.map((one) => printable(nameOf(one))).join(', ')],
    ]),
    icon: { id: 'circle-outline', color: ICON_COLORS.quiet },
    flags: ['saved', ...entryFlags({ entry, place })],
    accessibleName: [name, l10n.t('saved'), target, ...(isAmbiguous ? [where] : [])].join(', '),
  };
}

export function presentSavedGroup(
  l10n: Localizer,
  group: string,
  rows: readonly ArrangedRow[],
): RowPresentation {
  const running = rows.filter(({ type }) => type === 'forward').length;
  const description = l10n.t('{running} of {count} running', { running, count: rows.length });
  return {
    label: printable(group),
    description,
    icon: { id: 'layers' },
    flags: ['savedGroup'],
    accessibleName: l10n.t('Group {name}, {description}', { name: printable(group), description }),
  };
}

/** The row for the ignored forwards of an untrusted workspace. A click opens the trust editor. */
export function presentHeldBack(l10n: Localizer): RowPresentation {
  const label = l10n.t('Forwards of this workspace');
  const description = l10n.t('disabled until you trust the workspace');
  return {
    ...{ label, description },
    tooltip: l10n.t('Trust the workspace to see and start its forwards.'),
    icon: { id: 'workspace-untrusted', color: ICON_COLORS.pending },
    command: 'workbench.trust.manage',
    flags: ['heldBack'],
    accessibleName: `${label}, ${description}`,
  };
}

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
