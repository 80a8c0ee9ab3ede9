import { manyForwards } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { deleteSaved } from './saved/deleteSaved.ts';

/** Stop Forwarding Port, of all selected rows. */
export async function stopForward(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  // A key may be faster than VS Code hears what is selected: it acts on that, whichever command the key was bound to.
  if (isKey(argument) && services.forwardsTree.hasOtherSelection) {
    if (services.forwardsTree.selectedSaved.length > 0) await deleteSaved(services, undefined);
    return;
  }
  const forwards = await manyForwards(services, argument, selected);
  await Promise.all(forwards.map((forward) => services.forwards.stop(forward.id)));
}

/** As package.json's key binding says it. */
function isKey(argument: unknown): boolean {
  return (argument as { readonly isKey?: unknown } | null | undefined)?.isKey === true;
}
