// What a child imports on systems without signals: a message of its parent is the signal that it names.
import { constants } from 'node:os';
import type { EndSignal } from './askToEnd.ts';

process.on('message', ({ signal }: { readonly signal: EndSignal }) => {
  // As the system does where nobody listens.
  if (!process.emit(signal, signal)) process.exit(128 + constants.signals[signal]);
});
// Listening must not keep the child alive.
process.channel?.unref();
