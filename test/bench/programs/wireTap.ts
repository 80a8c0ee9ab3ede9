import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Counts the bytes between the measured programs and the API server. Disposing of the tap closes all connections. */
export interface WireTap extends AsyncDisposable {
  /** The path of a copy of the kubeconfig. In the copy, the address of the API server is the address of the tap. */
  readonly kubeconfig: string;
  /** The number of TCP payload bytes so far, in both directions. */
  readonly bytes: number;
}

/** Starts a server that passes all bytes to the API server of a kubeconfig. The API server must be on 127.0.0.1. */
export async function openWireTap(kubeconfig: string): Promise<WireTap> {
  const text = await readFile(kubeconfig, 'utf8');
  const serverPort = Number(/server: ["']?https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
  const sockets = new Set<Socket>();
  let bytes = 0;
  const relay = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (chunk) => {
      bytes += chunk.length;
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
  };
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = net.connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    relay(client, upstream);
    relay(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const folder = await mkdtemp(join(tmpdir(), 'kube-port-forward-bench-'));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, text.replaceAll(`127.0.0.1:${serverPort}`, `127.0.0.1:${port}`), { mode: 0o600 });
  return {
    kubeconfig: path,
    get bytes() {
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
