import type { InitializeResult } from '../rpc/contract.ts';

/** What an update of VS Code does to the forwards of a host; undefined where that is nothing. */
export function updateNote(
  host: Pick<InitializeResult, 'endsWithUpdate' | 'survivesUpdate'> | undefined,
): string | undefined {
  if (host?.endsWithUpdate !== true) return undefined;
  return host.survivesUpdate === true
    ? 'These forwards run in the program of VS Code. After an update of VS Code, those of terminals come back.'
    : 'These forwards run in the program of VS Code and end when VS Code is updated.';
}
