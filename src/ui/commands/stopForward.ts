import { manyForwards } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Stop Forwarding Port, of all selected rows. */
export async function stopForward(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const forwards = await manyForwards(services, argument, selected);
  await Promise.all(forwards.map((forward) => services.forwards.stop(forward.id)));
}
