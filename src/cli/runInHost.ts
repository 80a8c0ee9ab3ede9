import { raceAbort } from '../base/async.ts';
import type { CommandLine, RequestsCommand } from './commands.ts';
import type { TerminalServices } from './hostLink.ts';
import { untilSignal } from './stopSignals.ts';
import { untilRead } from './unreadOutput.ts';

/** A command that uses the forward host. */
export type HostCommand = Extract<CommandLine, { readonly command: 'list' | 'stop' | 'requests' }>;

type Services = Omit<TerminalServices, 'stop'>;

/**
 * Runs `list`, `stop` or `requests`. Loads only the code of this command. `requests --follow` runs until a signal. Any
 * other command has no handler for signals, so a signal ends this process at once, even if the host does not answer.
 */
export async function runInHost(command: HostCommand, services: Services): Promise<void> {
  if (command.command !== 'requests') {
    const { list, stop } = await import('./hostCommands.ts');
    await (command.command === 'list' ? list(command, services) : stop(command, services));
  } else {
    if (command.follows) return await followRequests(command, services);
    const { requests } = await import('./requestsCommand.ts');
    await requests(command, { ...services, stop: new AbortController().signal });
  }
  await untilRead(services.out);
}

async function followRequests(command: RequestsCommand, services: Services): Promise<void> {
  using stop = untilSignal(process);
  try {
    const { requests } = await import('./requestsCommand.ts');
    // After a signal, does not wait for the command, because the command may still wait for an answer of the host.
    await raceAbort(requests(command, { ...services, stop: stop.signal }), stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}
