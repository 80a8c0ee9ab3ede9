import type { Writable } from 'node:stream';
import { hostAndPort } from '../base/address.ts';
import { printable } from '../base/text.ts';
import type { ForwardEvent, ForwardNotice } from '../kinds/forwardNotice.ts';
import type { BoundAddress } from '../kinds/ports.ts';

/**
 * Writes the lines that scripts and users of kubectl expect. Writes nothing for an event or notice that has no such
 * line. The lines `Forwarding from` and `Handling connection for` are exactly those of kubectl, because scripts wait
 * for them. Warnings and errors are written to `err`.
 */
export function writeForwardText(
  event: ForwardEvent | ForwardNotice,
  { out, err }: { readonly out: Writable; readonly err: Writable },
): void {
  switch (event.type) {
    case 'ready':
      for (const address of event.addresses) {
        out.write(`Forwarding from ${formatAddress(address)} -> ${address.remotePort}\n`);
      }
      return;
    case 'connection':
      out.write(`Handling connection for ${event.address.localPort}\n`);
      return;
    case 'connectionEnded':
      if (event.error !== undefined) {
        const { localPort, remotePort } = event.address;
        // The remote port is 0 if no attempt of the session has been connected yet.
        const ports = remotePort === 0 ? localPort : `${localPort} -> ${remotePort}`;
        err.write(`error: connection ${ports} failed: ${printable(event.error.message)}\n`);
      }
      return;
    case 'tunnelLost':
      err.write(`warning: ${printable(event.error.message)}\n`);
      return;
    case 'noHalfClose':
      err.write(
        'warning: the server cannot half-close connections: a response that arrives after the client closes its side is lost\n',
      );
      return;
  }
}

/** Returns `127.0.0.1:8080` or `[::1]:8080`. */
export function formatAddress({ address, localPort }: BoundAddress): string {
  return hostAndPort(address, localPort);
}
