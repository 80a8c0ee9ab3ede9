import type { InitializeResult } from '../rpc/contract.ts';

/** Returns the effect of an update of VS Code on the forwards of a host; undefined if there is none. */
export function updateNote(
  host: Pick<InitializeResult, 'endsWithUpdate' | 'survivesUpdate'> | undefined,
): string | undefined {
  if (host?.endsWithUpdate !== true) return undefined;
  return host.survivesUpdate === true
    ? 'A VS Code update ends these forwards. Forwards from terminals restart right away.'
    : 'A VS Code update ends these forwards. Forwards from terminals restart when VS Code runs again.';
}
