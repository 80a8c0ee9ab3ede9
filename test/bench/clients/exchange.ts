import net, { type Socket } from 'node:net';
import { AnswerReader } from './answerReader.ts';

/** How long a client waits for anything before it counts as failed. Milliseconds. */
export const CLIENT_LIMIT_MS = 15_000;

const READ_BUFFER_BYTES = 256 * 1024;

/** An HTTP request over a new connection, as curl makes one: who has the whole answer closes. */
export interface Exchange {
  readonly socket: Socket;
  /** Resolves with the time to the answer's first byte, milliseconds. */
  readonly firstByte: Promise<number>;
  /** Resolves once the answer is whole. Rejects where it refuses. The connection stays open. */
  readonly answered: Promise<void>;
  /** Resolves when the connection has ended in order. Rejects where it did not, or took too long. */
  readonly closed: Promise<void>;
}

export interface ExchangeOptions {
  readonly port: number;
  /** Sent as soon as the connection stands. */
  readonly request: string;
  readonly limitMs?: number;
}

/** `GET PATH`. */
export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: pod\r\n\r\n`;
}

/** Sends a request over a new connection. It costs next to nothing itself: it reads into one buffer, and copies nothing. */
export function exchange(options: ExchangeOptions): Exchange {
  const { port, request, limitMs = CLIENT_LIMIT_MS } = options;
  const startedAt = performance.now();
  const firstByte = Promise.withResolvers<number>();
  const answered = Promise.withResolvers<void>();
  const reader = new AnswerReader();
  const socket = net.connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      callback: (count, buffer) => {
        firstByte.resolve(performance.now() - startedAt);
        try {
          if (reader.read(buffer.subarray(0, count))) answered.resolve();
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
  // Whoever waits for one of them need not wait for the others.
  for (const wait of [firstByte.promise, answered.promise, closed]) wait.catch(() => {});
  socket.write(request);
  return { socket, firstByte: firstByte.promise, answered: answered.promise, closed };
}

/** Sends a request, waits for the whole answer, and closes the connection, as curl does: whatever follows is not waited for. */
export async function complete(options: ExchangeOptions): Promise<{ firstByteMs: number }> {
  const { socket, firstByte, answered } = exchange(options);
  await answered;
  socket.destroy();
  return { firstByteMs: await firstByte };
}
