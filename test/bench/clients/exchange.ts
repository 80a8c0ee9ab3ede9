import net, { type Socket } from 'node:net';

/** How long a client waits for anything before it counts as failed. Milliseconds. */
export const CLIENT_LIMIT_MS = 15_000;

const READ_BUFFER_BYTES = 256 * 1024;
/** More than the head of any answer here. */
const MAX_HEAD_BYTES = 8 * 1024;

/** An HTTP request over a new connection, as curl makes one: who has the whole answer closes. */
export interface Exchange {
  readonly socket: Socket;
  /** Resolves with the time to the answer's first byte, milliseconds. */
  readonly firstByte: Promise<number>;
  /** Resolves with the answer's body, if it was asked for, once it is whole. The connection stays open. */
  readonly answered: Promise<string>;
  /** Resolves when the connection has ended in order. Rejects where it did not, or took too long. */
  readonly closed: Promise<void>;
}

export interface ExchangeOptions {
  readonly port: number;
  /** Sent as soon as the connection stands. */
  readonly request: string;
  /** Whether the body is of interest; else its bytes are counted only. */
  readonly keepsBody?: boolean;
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
  const answered = Promise.withResolvers<string>();
  const reader = new AnswerReader(options.keepsBody === true);
  const socket = net.connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      callback: (count, buffer) => {
        firstByte.resolve(performance.now() - startedAt);
        if (reader.read(buffer.subarray(0, count))) answered.resolve(reader.body);
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
export async function complete(options: ExchangeOptions): Promise<{ firstByteMs: number; body: string }> {
  const { socket, firstByte, answered } = exchange(options);
  const body = await answered;
  socket.destroy();
  return { firstByteMs: await firstByte, body };
}

/** Finds the end of an answer that says how long it is. */
class AnswerReader {
  received = 0;
  body = '';
  isWhole = false;
  readonly #keepsBody: boolean;
  #head = '';
  /** Of head and body together, once the head is there. */
  #length: number | undefined;

  constructor(keepsBody: boolean) {
    this.#keepsBody = keepsBody;
  }

  /** Takes the next bytes; returns whether the answer is whole. */
  read(bytes: Uint8Array): boolean {
    this.received += bytes.length;
    if (this.#length === undefined) this.#readHead(bytes);
    else if (this.#keepsBody) this.body += Buffer.from(bytes).toString('latin1');
    this.isWhole = this.#length !== undefined && this.received >= this.#length;
    return this.isWhole;
  }

  #readHead(bytes: Uint8Array): void {
    this.#head += Buffer.from(bytes.subarray(0, MAX_HEAD_BYTES)).toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const bodyLength = /^content-length: *(\d+)/im.exec(this.#head.slice(0, end))?.[1];
    this.#length = end + 4 + Number(bodyLength ?? 0);
    if (this.#keepsBody) this.body = this.#head.slice(end + 4);
  }
}
