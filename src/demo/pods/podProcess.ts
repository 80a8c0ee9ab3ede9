import { once } from 'node:events';
import net, { type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Pod } from '../objects/types.ts';
import { ConnectionResetError } from './podSocket.ts';
import type { Images, Program } from './programs.ts';

/**
 * The first line that a demo cluster sends on a connection to the process with the pods' programs. The line says to
 * which program, pod and port the connection leads.
 */
interface Introduction {
  readonly image: string;
  readonly pod: Pod;
  readonly port: number;
}

const MAX_INTRODUCTION_BYTES = 256 * 1024;

/**
 * Runs the programs of pods in this process, for a demo cluster in another process. The demo cluster connects to the
 * socket once for each connection into a pod. The caller closes the server.
 */
export async function servePods(socketPath: string, images: Images): Promise<Server> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    readLine(socket, (line) => {
      const { image, pod, port } = JSON.parse(line) as Introduction;
      images[image]?.accept(socket, pod, port);
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return server;
}

/**
 * Returns a substitute for the program of each image. A substitute passes its connections to the process that called
 * {@link servePods}, where the actual programs run.
 */
export function imagesOf(names: readonly string[], socketPath: string): Images {
  return Object.fromEntries(names.map((image) => [image, remoteProgram(image, socketPath)]));
}

function remoteProgram(image: string, socketPath: string): Program {
  return {
    accept(connection, pod, port) {
      const socket = net.connect({ path: socketPath, allowHalfOpen: true });
      socket.write(`${JSON.stringify({ image, pod, port } satisfies Introduction)}\n`);
      socket.pipe(connection);
      connection.pipe(socket);
      socket.on('error', () => connection.destroy(new ConnectionResetError()));
      connection.on('close', () => socket.destroy());
    },
    dispose() {},
  };
}

function readLine(socket: Duplex, onLine: (line: string) => void): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\n');
    if (end < 0) {
      if (head.length > MAX_INTRODUCTION_BYTES) socket.destroy();
      return;
    }
    socket.off('data', onData);
    socket.pause();
    if (end + 1 < head.length) socket.unshift(head.subarray(end + 1));
    onLine(head.subarray(0, end).toString());
    socket.resume();
  };
  socket.on('data', onData);
}
