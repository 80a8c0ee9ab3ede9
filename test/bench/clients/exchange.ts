import net, { type Socket } from 'node:net';
import { AnswerReader } from './answerReader.ts';

/** How long a client waits before it counts as failed. Milliseconds. */
export const CLIENT_LIMIT_MS = 15_000;

const READ_BUFFER_BYTES = 256 * 1024;

/** The number of local addresses of the clients. Only Linux accepts all of 127.0.0.0/8 without configuration. */
const CLIENT_ADDRESSES = process.platform === 'linux' ? 50 : 1;
let connections = 0;

/**
 * Returns the local address of the next connection. With a single address, thousands of connections a second use up the
 * free ports, because the system reserves each port for a minute after its connection closes. To find a free port then
 * takes longer than a request.
 */
function nextClientAddress(): string {
  connections++;
  return `127.0.0.${1 + (connections % CLIENT_ADDRESSES)}`;
}

/** HTTP requests over a new connection, which the client closes after the last complete answer, as curl does. */
export interface Exchange {
  readonly socket: Socket;
  /** Resolves with the time to the answer's first byte, milliseconds. */
  readonly firstByte: Promise<number>;
  /** Resolves once the last answer is complete. Rejects for a refusing answer. The connection stays open. */
  readonly answered: Promise<void>;
  /** Resolves after an orderly end of the connection. Rejects after another end, or after the time limit. */
  readonly closed: Promise<void>;
}

/** A client's message to a proxy, and the proxy's complete answer. */
export interface HandshakeStep {
  readonly send: Buffer;
  readonly answer: Buffer;
}

export interface ExchangeOptions {
  readonly port: number;
  /** Steps before the request, each after the answer to the previous one. Optional, default none. */
  readonly handshake?: readonly HandshakeStep[];
  /** Sent once the connection is open and the handshake is over. */
  readonly request: string;
  /**
   * Called after each complete answer. Returns whether to send the request again over the same connection. Optional,
   * default: no.
   */
  readonly isRepeated?: () => boolean;
  readonly limitMs?: number;
}

/** Returns the text of `GET PATH`. */
export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: pod\r\n\r\n`;
}

/** Sends a request over a new connection at little cost of its own: reads into one buffer and copies nothing. */
export function exchange(options: ExchangeOptions): Exchange {
  const { port, request, handshake = [], isRepeated, limitMs = CLIENT_LIMIT_MS } = options;
  const startedAt = performance.now();
  const firstByte = Promise.withResolvers<number>();
  const answered = Promise.withResolvers<void>();
  let reader = new AnswerReader();
  let step = 0;
  let greeting: Buffer = Buffer.alloc(0);
  const sendNext = () => socket.write(handshake[step]?.send ?? request);
  /** Reads an answer of the handshake. */
  const greet = ({ answer }: HandshakeStep, bytes: Uint8Array) => {
    greeting = Buffer.concat([greeting, bytes]);
    if (greeting.length < answer.length) return;
    if (!greeting.equals(answer)) return void socket.destroy(new Error(`the proxy answered ${greeting}`));
    greeting = Buffer.alloc(0);
    step++;
    sendNext();
  };
  const socket = net.connect({
    host: '127.0.0.1',
    port,
    localAddress: nextClientAddress(),
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      callback: (count, buffer) => {
        const expected = handshake[step];
        if (expected !== undefined) {
          greet(expected, buffer.subarray(0, count));
          return true;
        }
        firstByte.resolve(performance.now() - startedAt);
        try {
          if (!reader.read(buffer.subarray(0, count))) return true;
          if (isRepeated?.() !== true) {
            answered.resolve();
            return true;
          }
          reader = new AnswerReader();
          sendNext();
        } catch (error) {
          socket.destroy(error instanceof Error ? error : undefined);
        }
        return true;
      },
    },
  });
  const closed = new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => socket.destroy(new Error(`no end after ${limitMs / 1000} s`)), limitMs);
    const fail = (error: Error) => {
      for (const wait of [firstByte, answered]) wait.reject(error);
      reject(error);
    };
    socket.once('error', fail);
    socket.once('end', () => {
      if (reader.end()) answered.resolve();
    });
    socket.once('close', () => {
      clearTimeout(limit);
      if (reader.isWhole) resolve();
      else fail(new Error(`the connection ended after ${reader.received} bytes`));
    });
  });
  // A caller that awaits one of them need not await the others.
  for (const wait of [firstByte.promise, answered.promise, closed]) wait.catch(() => {});
  sendNext();
  return { socket, firstByte: firstByte.promise, answered: answered.promise, closed };
}

/** Sends a request, waits for the complete answer and closes the connection without waiting for more, as curl does. */
export async function complete(options: ExchangeOptions): Promise<{ firstByteMs: number }> {
  const { socket, firstByte, answered } = exchange(options);
  await answered;
  socket.destroy();
  return { firstByteMs: await firstByte };
}
