import * as vscode from 'vscode';
import { gatewayRowId } from '../gateways/gatewayRows.ts';
import { type Running, runningName, toRunning } from '../gateways/running.ts';
import { isKey } from '../keyRows.ts';
import { forwardedAddress } from '../present/forwardText.ts';
import { gatewayAddress } from '../present/gatewayText.ts';
import { labelText } from '../present/untrusted.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import { givenIds, showNoForwards } from './commandArguments.ts';
import { type CommandServices, VANISHED_ROW } from './commandServices.ts';

/** All that runs. */
export function allRunning({ forwards, gateways }: CommandServices): readonly Running[] {
  return toRunning(forwards.forwards, gateways.gateways);
}

/**
 * Returns the forward or gateway of a command: the row of a menu, the focused row for a key, the id of a link, or that of a row
 * of the clusters tree. Asks the user if there is no argument, as from the Command Palette.
 * @param title of the command, also the title of that question
 */
export async function oneRunning(
  services: CommandServices,
  title: string,
  argument: unknown,
): Promise<Running | undefined> {
  if (isKey(argument)) {
    const row = services.forwardsTree.takeFocusedRow();
    return row?.type === 'forward' || row?.type === 'gateway' ? row : undefined;
  }
  const given = givenRunning(services, argument, undefined);
  const [first] = given ?? [];
  if (given !== undefined && given.length <= 1) return first;
  return pickRunning(title, given ?? allRunning(services));
}

/** The same of all selected rows. */
export async function manyRunning(
  services: CommandServices,
  title: string,
  argument: unknown,
  selected: unknown,
): Promise<readonly Running[]> {
  const given = givenRunning(services, argument, selected);
  if (given !== undefined) return given;
  const picked = await pickRunning(title, allRunning(services));
  return picked === undefined ? [] : [picked];
}

/** Undefined if the arguments name none. */
function givenRunning(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly Running[] | undefined {
  if (argument === VANISHED_ROW) return undefined;
  const isSeveral = Array.isArray(selected) && selected.length > 0;
  const known = givenIds(argument, selected);
  return known.length === 0 && !isSeveral ? undefined : findRunning(services, known);
}

/** @param ids of forwards, or of rows in either tree */
function findRunning(
  { forwards, gateways, clustersTree }: CommandServices,
  ids: readonly string[],
): readonly Running[] {
  const forwardIds = ids.flatMap((id) =>
    forwards.find(id) === undefined ? clustersTree.forwardsOf(id) : [id],
  );
  const found = new Set(forwardIds.map((id) => forwards.find(id)).filter((one) => one !== undefined));
  const named = gateways.gateways.filter(
    (gateway) =>
      ids.includes(gatewayRowId(gateway)) || ids.some((id) => clustersTree.gatewayOf(id) === gateway.id),
  );
  return toRunning([...found], named);
}

async function pickRunning(title: string, all: readonly Running[]): Promise<Running | undefined> {
  if (all.length === 0) {
    showNoForwards();
    return undefined;
  }
  return await pickFrom(
    { title, placeholder: vscode.l10n.t('Choose a forwarded port') },
    all.map((running) => ({
      label: labelText(runningName(vscode.l10n, running)),
      description: addressOf(running) ?? '',
      value: running,
    })),
  );
}

function addressOf(running: Running): string | undefined {
  return running.type === 'forward' ? forwardedAddress(running.forward) : gatewayAddress(running.gateway);
}
