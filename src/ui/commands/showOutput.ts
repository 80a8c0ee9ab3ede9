import type { CommandServices } from './commandServices.ts';

/** Shows the output channel. */
export function showOutput({ output }: CommandServices): void {
  output.show();
}
