// Imported by a child on systems without signals: a message of its parent acts as the signal that it names.
import { constants } from 'node:os';
import type { EndSignal } from './askToEnd.ts';

process.on('message', ({ signal }: { readonly signal: EndSignal }) => {
  // Like the system's default for a signal without a listener.
  if (!process.emit(signal, signal)) process.exit(128 + constants.signals[signal]);
});
// Listening must not keep the child alive.
process.channel?.unref();
