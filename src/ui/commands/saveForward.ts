import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { formatTarget } from '../../kinds/target.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { notify } from '../notify.ts';
import { forwardName, targetText } from '../present/forwardText.ts';
import { type ForwardEntry, readEntries } from '../saved/forwardEntry.ts';
import { withEntries } from '../saved/forwardsFile.ts';
import type { SavedPlace } from '../saved/savedForward.ts';
import { placeText, savedPlaces } from '../saved/savedForwards.ts';
import { oneForward } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { pickPlace } from './pickSaved.ts';

/** Save Forward...: saves the forward with its current local port under a name. */
export async function saveForward(services: CommandServices, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const forward = await oneForward(services, argument);
  if (forward === undefined) return;
  const name = await vscode.window.showInputBox({
    title: l10n.t('Save Forward: {target}', { target: targetText(forward.specification.target) }),
    prompt: l10n.t('Name of the saved forward'),
    value: forwardName(forward),
    validateInput: (value) => checkName(services, value.trim()),
  });
  if (name === undefined || name.trim() === '') return;
  const place = await pickPlace((candidate) =>
    findEntry(services, candidate, name.trim()) === undefined
      ? ''
      : l10n.t('replaces the forward with this name'),
  );
  if (place === undefined) return;
  const { group, autoStart } = findEntry(services, place, name.trim()) ?? {};
  const entry = {
    ...toEntry(name.trim(), forward, place),
    ...defined({ group, autoStart }),
  };
  await services.saved.write(place, withEntries(services.saved.read(place), [entry]));
  await services.forwards.setLabel(forward.id, entry.name);
  const text = l10n.t('Saved {name} in {place}.', { name: entry.name, place: placeText(place) });
  notify('information', text);
}

/** Warns which entry will be replaced, and where. */
function checkName(services: CommandServices, name: string): vscode.InputBoxValidationMessage | undefined {
  const { l10n } = vscode;
  if (name === '') {
    return { message: l10n.t('Enter a name'), severity: vscode.InputBoxValidationSeverity.Error };
  }
  const places = savedPlaces().filter((place) => findEntry(services, place, name) !== undefined);
  if (places.length === 0) return undefined;
  const args = { places: places.map(placeText).join(', ') };
  return {
    message:
      savedPlaces().length === 1
        ? l10n.t('Replaces the forward with this name in {places}', args)
        : l10n.t('Replaces the forward with this name if you save to {places}', args),
    severity: vscode.InputBoxValidationSeverity.Warning,
  };
}

function findEntry({ saved }: CommandServices, place: SavedPlace, name: string): ForwardEntry | undefined {
  return readEntries(saved.read(place)).entries.find((entry) => entry.name === name);
}

function toEntry(
  name: string,
  { specification, localPort }: ForwardSnapshot,
  place: SavedPlace,
): ForwardEntry {
  const { target, remotePort, address, transport } = specification;
  return {
    name,
    context: target.context.context,
    namespace: target.namespace,
    target: formatTarget(target),
    remotePort,
    ...defined({ localPort }),
    // A workspace must not choose the address.
    ...(place.type !== 'user' || address === 'localhost' ? {} : { address }),
    ...defined({ transport }),
  };
}
