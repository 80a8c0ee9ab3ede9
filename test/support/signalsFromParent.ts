// A child process loads this file on a system without signals. The parent process (`askToEnd.ts`) sends a message with
// the name of a signal. This file then acts as if the process had received the signal.
import { constants } from 'node:os';
import type { EndSignal } from './askToEnd.ts';

process.on('message', ({ signal }: { readonly signal: EndSignal }) => {
  // Without a listener for the signal, ends the process, as the system does by default.
  if (!process.emit(signal, signal)) process.exit(128 + constants.signals[signal]);
});
// Lets the child process end although it could still receive messages.
process.channel?.unref();
