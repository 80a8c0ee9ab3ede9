import { oneForward } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Restart, Retry and Sign In: restarts the forward on the same local port. */
export async function restartForward(services: CommandServices, argument: unknown): Promise<void> {
  const forward = await oneForward(services, argument);
  if (forward !== undefined) await services.starter.follow(services.forwards.restart(forward.id));
}
