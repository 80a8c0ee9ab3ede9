import type { Duplex } from 'node:stream';
import type { CodedError } from '../../base/errors.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { TransportName } from '../../kinds/transports.ts';
import { SpdyConnection } from '../../spdy/connection.ts';
import type { SpdyStream } from '../../spdy/stream.ts';
import { FailureText } from './failureText.ts';
import type { PodConnection, Tunnel } from './transport.ts';

// Headers that tell the API server what a stream is for. Their names are from apimachinery
// `pkg/util/portforward/constants.go` and core/v1 `types.go`.
const STREAM_TYPE = 'streamtype';
const PORT = 'port';
const REQUEST_ID = 'requestid';

/** A tunnel that carries SPDY/3.1 over any byte stream. */
export class SpdyTunnel implements Tunnel {
  readonly transport: TransportName;
  readonly isShared = true;
  readonly onDidClose: Event<CodedError | undefined>;
  readonly #didChangePause = new Emitter<boolean>();
  readonly onDidChangePause: Event<boolean> = this.#didChangePause.event;
  readonly #bytes: Duplex;
  readonly #connection: SpdyConnection;
  readonly #redact: (text: string) => string;
  #nextRequestId = 0;

  /**
   * Takes ownership of `bytes`, which carries the SPDY frames.
   * @param redact removes credentials from the server's text about a failure
   */
  constructor(transport: TransportName, bytes: Duplex, redact: (text: string) => string = (text) => text) {
    this.transport = transport;
    this.#redact = redact;
    this.#bytes = bytes;
    this.#connection = new SpdyConnection(bytes, { role: 'client' });
    this.onDidClose = this.#connection.onDidClose;
    const tellPause = () => this.#didChangePause.fire(this.isPaused);
    this.#connection.onDidChangePause(tellPause);
    bytes.on('drain', tellPause);
  }

  get isPaused(): boolean {
    // `#connection.isPaused` considers only open streams. When a forwarded connection ends, its streams are closed, but
    // the byte stream below SPDY may still buffer their last bytes. A new forwarded connection would have to wait until
    // these bytes are sent, so the tunnel counts as paused until then.
    return this.#connection.isPaused || this.#bytes.writableNeedDrain;
  }

  get isClosing(): boolean {
    return this.#connection.isClosed || this.#connection.isGoingAway;
  }

  get receivedBytes(): number {
    return this.#connection.receivedBytes;
  }

  get sentBytes(): number {
    return this.#connection.sentBytes;
  }

  open(port: number): PodConnection {
    const headers = { [PORT]: String(port), [REQUEST_ID]: String(this.#nextRequestId++) };
    const error = this.#connection.openStream({ [STREAM_TYPE]: 'error', ...headers });
    // This program never writes to the error stream, so it ends its side at once. The stream then closes as soon as the
    // API server ends the other side.
    error.end();
    const data = this.#connection.openStream({ [STREAM_TYPE]: 'data', ...headers });
    return new SpdyPodConnection(data, error, this.#redact);
  }

  ping(signal: AbortSignal): Promise<number> {
    return this.#connection.ping(signal);
  }

  lose(error: CodedError): void {
    this.#connection.destroy(error);
  }

  dispose(): void {
    this.#connection.destroy();
  }
}

class SpdyPodConnection implements PodConnection {
  readonly data: SpdyStream;
  readonly failure: Promise<string | undefined>;
  readonly #error: SpdyStream;

  constructor(data: SpdyStream, error: SpdyStream, redact: (text: string) => string) {
    this.data = data;
    this.#error = error;
    this.failure = readFailure(error).then((text) => (text === undefined ? undefined : redact(text)));
  }

  dispose(): void {
    this.data.destroy();
    this.#error.destroy();
  }
}

function readFailure(error: SpdyStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failure = new FailureText();
    error.on('data', (chunk: Buffer) => failure.add(chunk));
    error.once('close', () => resolve(failure.text));
  });
}
