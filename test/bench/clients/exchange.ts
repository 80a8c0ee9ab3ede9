import net, { type Socket } from 'node:net';
import { AnswerReader } from './answerReader.ts';

/** How long a client waits for the end of its connection before the request counts as failed, in milliseconds. */
export const CLIENT_LIMIT_MS = 15_000;

const READ_BUFFER_BYTES = 256 * 1024;

/** From how many loopback addresses clients connect. Only Linux has all of 127.0.0.0/8 without configuration. */
const CLIENT_ADDRESSES = process.platform === 'linux' ? 50 : 1;
let connections = 0;

/**
 * Returns the address from which the next client connects. With a single address, thousands of connections a second
 * would use up the free ports, because the system reserves each port for a minute after its connection has closed.
 * Finding a free port would then take longer than a request.
 */
function nextClientAddress(): string {
  connections++;
  return `127.0.0.${1 + (connections % CLIENT_ADDRESSES)}`;
}

/** HTTP requests of a client over a new connection. */
export interface Exchange {
  readonly socket: Socket;
  /** Resolves with the time from the start to the first byte of the first response, in milliseconds. */
  readonly firstByte: Promise<number>;
  /**
   * Resolves when the last response is complete. The connection stays open. Rejects if the status of a response is not
   * 2xx, or if the connection ends first.
   */
  readonly answered: Promise<void>;
  /**
   * Resolves when the connection has ended after a complete response. Rejects if the connection fails or ends before
   * that, or if its end takes too long.
   */
  readonly closed: Promise<void>;
}

/** A message of a client to a proxy, and the answer that the client expects. */
export interface HandshakeStep {
  readonly send: Buffer;
  readonly answer: Buffer;
}

export interface ExchangeOptions {
  readonly port: number;
  /** The steps before the request. Each step begins after the answer of the previous step. Optional, default none. */
  readonly handshake?: readonly HandshakeStep[];
  /** The request as text, which is sent after the handshake. */
  readonly request: string;
  /**
   * Called after each complete response. Returns whether to send the request again over the same connection. Optional,
   * default: false.
   */
  readonly isRepeated?: () => boolean;
  readonly limitMs?: number;
}

/** Returns an HTTP request that gets a path, as text. */
export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: pod\r\n\r\n`;
}

/**
 * Sends a request over a new connection. Uses little CPU time, so that the client does not disturb the measurement:
 * reads all bytes into the same buffer, and does not copy them.
 */
export function exchange(options: ExchangeOptions): Exchange {
  const { port, request, handshake = [], isRepeated, limitMs = CLIENT_LIMIT_MS } = options;
  const startedAt = performance.now();
  const firstByte = Promise.withResolvers<number>();
  const answered = Promise.withResolvers<void>();
  let reader = new AnswerReader();
  let step = 0;
  let greeting: Buffer = Buffer.alloc(0);
  const sendNext = () => socket.write(handshake[step]?.send ?? request);
  /** Reads the proxy's answer in a step of the handshake. Then sends the next message. */
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
  // Handles rejections of all three promises, because a caller may await only one of them.
  for (const wait of [firstByte.promise, answered.promise, closed]) wait.catch(() => {});
  sendNext();
  return { socket, firstByte: firstByte.promise, answered: answered.promise, closed };
}

/** Sends a request, and closes the connection as soon as the response is complete, as curl does. */
export async function complete(options: ExchangeOptions): Promise<{ firstByteMs: number }> {
  const { socket, firstByte, answered } = exchange(options);
  await answered;
  socket.destroy();
  return { firstByteMs: await firstByte };
}
