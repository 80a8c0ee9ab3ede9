import * as vscode from 'vscode';
import { CONTEXT_KEYS } from '../../contributions.ts';
import { isKey, type KeyArguments } from '../keyRows.ts';
import { inform } from '../notify.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import { openSavedSettings } from '../saved/openSavedSettings.ts';
import { groupsOf, type SavedProblem } from '../saved/savedForward.ts';
import { startSavedForwards } from '../saved/savedStarter.ts';
import { setGroup, startAutomatically, startByHand } from './changeSaved.ts';
import { type Command, DELETE_KEY, defineCommand, onRow, onTitle } from './command.ts';
import { idOf } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { deleteSavedForwards } from './deleteSavedForwards.ts';
import { labelForward } from './forwardCommands.ts';
import { givenSaved, oneSaved, startNotRunning } from './pickSaved.ts';
import { exportSaved, importSaved } from './savedFiles.ts';
import { saveForward } from './saveForward.ts';

/** Commands for saved forwards. */
export const SAVED_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.saveForward',
    title: 'Save Forward...',
    icon: 'save',
    when: CONTEXT_KEYS.hasForwards,
    menus: [onRow('forwards', [['forward', 'gateway']], '2_change@3')],
    run: saveForward,
  }),
  defineCommand({
    id: 'kubePortForward.startSaved',
    title: 'Start Saved Forward',
    icon: 'play',
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onRow('forwards', ['saved'], 'inline@1', '1_start@1')],
    keys: [
      { view: 'forwards', key: 'enter', when: '!isMac' },
      { view: 'forwards', key: 'enter', when: 'isMac', renames: true },
    ],
    shownKeys: [{ view: 'forwards', key: 'enter' }],
    run: startSaved,
  }),
  defineCommand({
    id: 'kubePortForward.startAllSaved',
    title: 'Start All Saved Forwards',
    icon: 'run-all',
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onTitle('forwards', '1_saved@1', CONTEXT_KEYS.hasSavedForwards)],
    ignoresRow: true,
    run: startAllSaved,
  }),
  defineCommand({
    id: 'kubePortForward.startSavedGroup',
    title: 'Start Saved Forwards in Group',
    icon: 'run-all',
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onRow('forwards', ['savedGroup'], 'inline@1', '1_start@1')],
    run: startSavedGroup,
  }),
  defineCommand({
    id: 'kubePortForward.deleteSaved',
    title: 'Delete Saved Forward',
    icon: 'trash',
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onRow('forwards', ['saved'], '5_saved@5')],
    shownKeys: [{ ...DELETE_KEY, when: 'listSupportsMultiselect' }],
    run: deleteSaved,
  }),
  defineCommand({
    // Does the same as `deleteSaved`, but appears only in the rows of running forwards and gateways, and has no key.
    // Menus show the key of a command in every row. But in these rows, the Delete key stops the forward and does not
    // delete the saved forward. So these rows need a command without a key.
    id: 'kubePortForward.deleteRunningSaved',
    title: 'Delete Saved Forward',
    icon: 'trash',
    when: false,
    menus: [onRow('forwards', ['entry', '!saved'], '5_saved@5')],
    run: deleteSaved,
  }),
  defineCommand({
    id: 'kubePortForward.editSaved',
    title: 'Edit Saved Forward',
    icon: 'edit',
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onRow('forwards', [['entry', 'savedProblem']], '5_saved@1')],
    run: editSaved,
  }),
  defineCommand({
    id: 'kubePortForward.setGroup',
    title: 'Set Group of Saved Forward...',
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onRow('forwards', ['entry'], '5_saved@2')],
    run: setGroup,
  }),
  defineCommand({
    id: 'kubePortForward.startAutomatically',
    title: 'Start Saved Forward Automatically',
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onRow('forwards', ['entry', '!autoStart'], '5_saved@3')],
    run: startAutomatically,
  }),
  defineCommand({
    id: 'kubePortForward.startByHand',
    title: "Don't Start Saved Forward Automatically",
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onRow('forwards', ['autoStart'], '5_saved@3')],
    run: startByHand,
  }),
  defineCommand({
    id: 'kubePortForward.importSaved',
    title: 'Import Saved Forwards...',
    menus: [onTitle('forwards', '2_file@1')],
    ignoresRow: true,
    run: importSaved,
  }),
  defineCommand({
    id: 'kubePortForward.exportSaved',
    title: 'Export Saved Forwards...',
    when: CONTEXT_KEYS.hasSavedForwards,
    menus: [onTitle('forwards', '2_file@2', CONTEXT_KEYS.hasSavedForwards)],
    ignoresRow: true,
    run: exportSaved,
  }),
];

/** Start Saved Forward: starts all selected saved forwards. */
async function startSaved(services: CommandServices, argument: unknown, selected: unknown): Promise<void> {
  if (isKey(argument)) return startKeyRows(services, argument);
  const title = vscode.l10n.t('Start Saved Forward');
  const found = await givenSaved(services, title, argument, selected, false);
  if (found.length > 0) await startSavedForwards(services, found);
}

/**
 * Enter key: starts the selected saved forwards that do not run. On macOS, Enter on a running forward asks for its new
 * label, as Enter in Finder renames a file. On all other rows, Enter selects the row, as in any list.
 */
async function startKeyRows(services: CommandServices, { renames }: KeyArguments): Promise<void> {
  const rows = services.forwardsTree.takeKeyRows();
  const [focused] = rows;
  if (focused?.type === 'forward' && renames === true) return labelForward(services, focused.forward);
  const saved = rows.flatMap((row) => (row.type === 'saved' ? [row.saved] : []));
  if (saved.length > 0) return startSavedForwards(services, saved);
  // If `rows` is empty, VS Code is drawing all rows again, and it is unknown on which row Enter was pressed. In this
  // case, nothing is selected, because `list.select` could select another row.
  if (rows.length > 0) await vscode.commands.executeCommand('list.select');
}

/** Start All Saved Forwards: starts all saved forwards that do not run. */
async function startAllSaved(services: CommandServices): Promise<void> {
  await startNotRunning(services, services.saved.forwards);
}

/** Start Saved Forwards in Group: starts the saved forwards of a group that do not run. */
async function startSavedGroup(services: CommandServices, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const { forwards } = services.saved;
  const groups = groupsOf(forwards).map((name) => ({ label: name, value: name }));
  const given = givenGroup(argument);
  if (given === undefined && groups.length === 0)
    return inform('information', l10n.t('No saved forward has a group.'));
  const title = l10n.t('Start Saved Forwards in Group');
  const group = given ?? (await pickFrom(title, l10n.t('Choose a group'), groups));
  if (group === undefined) return;
  const members = forwards.filter(({ entry }) => entry.group === group);
  await startNotRunning(services, members);
}

function givenGroup(argument: unknown): string | undefined {
  const group = (argument as { readonly group?: unknown } | null | undefined)?.group;
  return typeof group === 'string' ? group : undefined;
}

/** Edit Saved Forward: opens the settings at the entry, even if the entry is invalid. */
async function editSaved(services: CommandServices, argument: unknown): Promise<void> {
  const problem = problemOf(services, argument);
  if (problem !== undefined) return openSavedSettings(problem.scope, problem.name);
  const saved = await oneSaved(services, vscode.l10n.t('Edit Saved Forward'), argument);
  if (saved !== undefined) await openSavedSettings(saved.scope, saved.entry.name);
}

function problemOf({ forwardsTree }: CommandServices, argument: unknown): SavedProblem | undefined {
  const id = idOf(argument);
  return id === undefined ? undefined : forwardsTree.problem(id);
}

/**
 * Delete Saved Forward: deletes the entries without asking, and offers Undo. Forwards that are running keep running.
 */
async function deleteSaved(services: CommandServices, argument: unknown, selected: unknown): Promise<void> {
  if (isKey(argument)) return;
  const title = vscode.l10n.t('Delete Saved Forward');
  await deleteSavedForwards(services, await givenSaved(services, title, argument, selected));
}
