// A child process loads this file on a system without signals. A message of the parent process (`askToEnd.ts`) then
// acts as the signal that it names.
import { constants } from 'node:os';
import type { EndSignal } from './askToEnd.ts';

process.on('message', ({ signal }: { readonly signal: EndSignal }) => {
  // Without a listener for the signal, ends the process, as the system does by default.
  if (!process.emit(signal, signal)) process.exit(128 + constants.signals[signal]);
});
// The channel must not keep the child process alive.
process.channel?.unref();
