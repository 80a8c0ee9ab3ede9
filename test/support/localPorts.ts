import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

const LOOPBACKS = ['127.0.0.1', '::1'] as const;

/** The loopback addresses that this machine has. Containers often lack `::1`. */
export const loopbacks: readonly string[] = await (async () => {
  const present: string[] = [];
  for (const address of LOOPBACKS) {
    const held = await holdPort(address).catch(() => undefined);
    if (held !== undefined) present.push(address);
    await held?.[Symbol.asyncDispose]();
  }
  return present;
})();

/** Listens on a port of this address, and of no other address, until the result is disposed of. */
export async function holdPort(
  address: string,
  port = 0,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = net.createServer((socket) => socket.destroy());
  server.listen({ host: address, port, ipv6Only: true, exclusive: true });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Returns a port that is currently free on all loopback addresses. */
export async function freePort(): Promise<number> {
  for (;;) {
    await using held = await holdPort('127.0.0.1');
    if ((await Promise.all(loopbacks.slice(1).map((address) => isFree(address, held.port)))).every(Boolean))
      return held.port;
  }
}

/** Returns whether a program can listen on a port of this address. */
export async function isFree(address: string, port: number): Promise<boolean> {
  const held = await holdPort(address, port).catch(() => undefined);
  await held?.[Symbol.asyncDispose]();
  return held !== undefined;
}

/** Returns whether anything listens on a port. */
export async function isListening(address: string, port: number): Promise<boolean> {
  const socket = net.connect(port, address);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Returns whether nothing listens on a port of any loopback address. */
export async function isQuiet(port: number): Promise<boolean> {
  const answers = await Promise.all(loopbacks.map((address) => isListening(address, port)));
  return !answers.includes(true);
}
