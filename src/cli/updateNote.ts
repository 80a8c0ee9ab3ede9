import type { InitializeResult } from '../rpc/contract.ts';

/** What an update of VS Code does to the forwards of a host; undefined where that is nothing. */
export function updateNote(
  host: Pick<InitializeResult, 'endsWithUpdate' | 'survivesUpdate'> | undefined,
): string | undefined {
  if (host?.endsWithUpdate !== true) return undefined;
  return host.survivesUpdate === true
    ? 'An update of VS Code ends these forwards. Those of terminals come back at once.'
    : 'An update of VS Code ends these forwards. Those of terminals come back when VS Code runs again.';
}
