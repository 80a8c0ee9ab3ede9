import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { WAIT_LIMIT_MS } from './waitLimit.ts';

/** A connection through a forward to the echo program of a pod. Shows whether the forward keeps the connection open. */
export class OpenConnection implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
  }

  /** Connects to a local port, and waits for the first echo. */
  static async to(localPort = 0): Promise<OpenConnection> {
    const opened = new OpenConnection(connect(localPort, '127.0.0.1'));
    await opened.answers('it was just opened');
    return opened;
  }

  /** Sends a text and waits for its echo. @param name says when this happens, for error messages */
  async answers(name: string): Promise<void> {
    const answer = new Promise<string>((resolve, reject) => {
      this.#socket.once('data', (data) => resolve(String(data)));
      this.#closed.then(() => reject(new Error(`the connection was closed: ${name}`)), reject);
    });
    this.#socket.write('ping');
    assert.equal(await within(answer, `no answer through the connection: ${name}`), 'ping');
  }

  async untilClosed(): Promise<void> {
    await within(this.#closed, 'the connection is still open');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }
}

async function within<T>(event: Promise<T>, otherwise: string): Promise<T> {
  const late = setTimeout(WAIT_LIMIT_MS, undefined, { ref: false }).then(() =>
    assert.fail(`${otherwise} after ${WAIT_LIMIT_MS / 1000} s`),
  );
  return await Promise.race([event, late]);
}
