import { isKey } from '../keyRows.ts';
import { manyForwards } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { deleteSavedForwards } from './saved/deleteSaved.ts';
import { stopAndOfferUndo } from './stopAndOfferUndo.ts';

/** Stop Forwarding Port: stops all selected forwards. */
export async function stopForward(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  if (isKey(argument)) return stopKeyRows(services);
  await stopAndOfferUndo(services, await manyForwards(services, argument, selected));
}

/** The Delete key stops running forwards, and deletes saved forwards that do not run. */
async function stopKeyRows(services: CommandServices): Promise<void> {
  const rows = services.forwardsTree.takeKeyRows();
  const forwards = rows.flatMap((row) => (row.type === 'forward' ? [row.forward] : []));
  const saved = rows.flatMap((row) => (row.type === 'saved' ? [row.saved] : []));
  await Promise.all([stopAndOfferUndo(services, forwards), deleteSavedForwards(services, saved)]);
}
