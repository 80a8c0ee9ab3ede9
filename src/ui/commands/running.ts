import * as vscode from 'vscode';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import { isKey } from '../keyRows.ts';
import { inform } from '../notify.ts';
import { type Running, runningAddress, runningName, toRunning } from '../present/running.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import { givenIds } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Returns all forwards and gateways. */
export function allRunning({ forwards, gateways }: CommandServices): readonly Running[] {
  return toRunning(forwards.all, gateways.all);
}

/**
 * Returns the forward or gateway for which a command was run. The argument is a row of the Forwards or Clusters view, a
 * key (which means the focused row), or the id from a link. If there is no argument, as from the Command Palette, or if
 * a row has several forwards, asks the user. Undefined if the user cancels, or if there is no such forward or gateway.
 * @param title the title of the quick pick
 * @param isWanted whether the command applies to a forward or gateway; optional, default all
 */
export async function oneRunning(
  services: CommandServices,
  title: string,
  argument: unknown,
  isWanted: (running: Running) => boolean = () => true,
): Promise<Running | undefined> {
  if (isKey(argument)) {
    const row = services.forwardsTree.takeFocusedRow();
    return (row?.type === 'forward' || row?.type === 'gateway') && isWanted(row) ? row : undefined;
  }
  const given = givenRunning(services, argument, undefined)?.filter(isWanted);
  const [first] = given ?? [];
  if (given !== undefined && given.length <= 1) return first;
  return pickRunning(title, given ?? allRunning(services).filter(isWanted));
}

/** Like {@link oneRunning}, for commands that apply to forwards but not to gateways. */
export async function oneForward(
  services: CommandServices,
  title: string,
  argument: unknown,
): Promise<ForwardSnapshot | undefined> {
  const one = await oneRunning(services, title, argument, ({ type }) => type === 'forward');
  return one?.type === 'forward' ? one.forward : undefined;
}

/** Like {@link oneRunning}, but returns the forwards and gateways of all selected rows. */
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

/**
 * Returns the forwards and gateways to which the arguments of a command refer. Undefined if the arguments contain
 * neither a row nor an id: the caller then asks the user.
 */
function givenRunning(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly Running[] | undefined {
  const isSeveral = Array.isArray(selected) && selected.length > 0;
  const known = givenIds(argument, selected);
  if (known.length === 0 && !isSeveral) return undefined;
  const found = findRunning(services, known);
  if (found.length === 0 && typeof argument === 'string') informNotForwarded();
  return found;
}

/**
 * Returns the forwards and gateways to which the ids refer.
 * @param ids ids of forwards or gateways, or of rows in the Clusters view: such a row refers to all forwards and the
 *   gateway that it shows
 */
export function findRunning(
  { forwards, gateways, clustersTree }: CommandServices,
  ids: readonly string[],
): readonly Running[] {
  const forwardIds = ids.flatMap((id) =>
    forwards.find(id) === undefined ? clustersTree.forwardsOf(id) : [id],
  );
  const found = new Set(forwardIds.map((id) => forwards.find(id)).filter((one) => one !== undefined));
  const named = gateways.all.filter(
    (gateway) => ids.includes(gateway.id) || ids.some((id) => clustersTree.gatewayOf(id) === gateway.id),
  );
  return toRunning([...found], named);
}

/**
 * Tells the user that the forward of a command has ended. Needed because a notification may stay open longer than its
 * forward exists. Its button then passes the id of a forward that has ended.
 */
export function informNotForwarded(): void {
  inform('information', vscode.l10n.t('This port is no longer forwarded.'));
}

/** Tells the user that there are no forwards for the command. */
export function showNoForwards(): void {
  inform('information', vscode.l10n.t('No forwarded ports.'));
}

async function pickRunning(title: string, all: readonly Running[]): Promise<Running | undefined> {
  if (all.length === 0) {
    showNoForwards();
    return undefined;
  }
  return await pickFrom(
    title,
    vscode.l10n.t('Choose a forwarded port'),
    all.map((running) => ({
      label: runningName(vscode.l10n, running),
      description: runningAddress(running),
      value: running,
    })),
  );
}
