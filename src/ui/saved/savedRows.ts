import { printable } from '../../base/text.ts';
import type { RowFlag } from '../../contributions.ts';
import { byName } from '../present/gatewayText.ts';
import type { Localizer } from '../present/localizer.ts';
import { ICON_COLORS, joinLines, joinParts, type RowPresentation } from '../present/row.ts';
import { hasFailed } from '../present/running.ts';
import type { ArrangedRow } from './arrangeRows.ts';
import { isNamespaceEntry, type SavedEntry } from './forwardEntry.ts';
import type { SavedForward, SettingsScope } from './savedForward.ts';

/**
 * Returns the flags of a row whose forward is saved. package.json uses the flags to choose the items of the row's menu.
 */
export function entryFlags({ entry }: SavedForward): readonly RowFlag[] {
  return entry.autoStart === true ? ['entry', 'autoStart'] : ['entry'];
}

/** Returns the target of an entry as users see it: `service/web:80`, `demo (by name)`. */
export function entryTarget(l10n: Localizer, entry: SavedEntry): string {
  if (!isNamespaceEntry(entry)) return printable(`${entry.target}:${entry.remotePort}`);
  return entry.namespace === undefined ? l10n.t('all services by name') : byName(l10n, [entry.namespace]);
}

/**
 * Returns the dimmed row of a saved forward that does not run. If another saved forward has the same name, the row also
 * shows in which settings this forward is saved.
 * @param nameOf returns the name of a settings scope as users see it
 */
export function presentSaved(
  l10n: Localizer,
  { entry, scope, hides = [], hasNamesake = false }: SavedForward,
  nameOf: (scope: SettingsScope) => string,
): RowPresentation {
  const name = printable(entry.name);
  const target = entryTarget(l10n, entry);
  const where = printable(nameOf(scope));
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
      [l10n.t('Overrides the forward in'), hides.map((one) => printable(nameOf(one.scope))).join(', ')],
    ]),
    icon: { id: 'circle-outline', color: ICON_COLORS.quiet },
    flags: ['saved', ...entryFlags({ entry, scope })],
    accessibleName: [name, l10n.t('saved'), target, ...(isAmbiguous ? [where] : [])].join(', '),
  };
}

export function presentSavedGroup(
  l10n: Localizer,
  group: string,
  rows: readonly ArrangedRow[],
): RowPresentation {
  const running = rows.filter(
    (row) => (row.type === 'forward' || row.type === 'gateway') && !hasFailed(row),
  ).length;
  const description = l10n.t('{running} of {count} running', { running, count: rows.length });
  return {
    label: printable(group),
    description,
    icon: { id: 'layers' },
    flags: ['savedGroup'],
    accessibleName: l10n.t('Group {name}, {description}', { name: printable(group), description }),
  };
}

/**
 * Returns the row for the ignored forwards of an untrusted workspace. A click on the row opens VS Code's trust
 * editor.
 */
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
