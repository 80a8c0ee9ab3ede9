import { SpdyConnection, type SpdyConnectionOptions } from '../../src/spdy/connection.ts';
import type { SpdyStream } from '../../src/spdy/stream.ts';
import { settle } from './spdyBytes.ts';
import { controlFrame, plainBlock, storedBlock, uint32 } from './spdyHeaderBlocks.ts';
import { ReferenceReader, transcript } from './spdyReference.ts';
import { SpdyTransport } from './spdyTransport.ts';

type HeaderEntries = readonly (readonly [string, string])[];

/**
 * Acts as the peer of a tested {@link SpdyConnection}. Sends frames that a test creates, and parses the frames of the
 * connection with {@link ReferenceReader}.
 */
export class SpdyPeer {
  readonly transport: SpdyTransport;
  readonly #reader = new ReferenceReader();
  #isFirstBlock = true;

  constructor(transport: SpdyTransport) {
    this.transport = transport;
  }

  /**
   * Waits for all pending work. Returns one line for each frame that the tested connection has sent since the last
   * call.
   */
  async seen(): Promise<string[]> {
    await settle();
    return transcript(await this.#reader.read(this.transport.takeSent()));
  }

  /** Delivers frames to the tested connection in one chunk, and waits for all pending work. */
  async send(...frames: Buffer[]): Promise<void> {
    this.transport.deliver(Buffer.concat(frames));
    await settle();
  }

  synStream(streamId: number, headers: HeaderEntries = [], flags = 0): Buffer {
    return controlFrame(1, Buffer.concat([uint32(streamId), Buffer.alloc(6), this.#block(headers)]), flags);
  }

  synReply(streamId: number, headers: HeaderEntries = [], flags = 0): Buffer {
    return controlFrame(2, Buffer.concat([uint32(streamId), this.#block(headers)]), flags);
  }

  headers(streamId: number, headers: HeaderEntries = [], flags = 0): Buffer {
    return controlFrame(8, Buffer.concat([uint32(streamId), this.#block(headers)]), flags);
  }

  #block(headers: HeaderEntries): Buffer {
    const isFirst = this.#isFirstBlock;
    this.#isFirstBlock = false;
    return storedBlock(plainBlock(headers), isFirst);
  }
}

export const FIN = 1;
export const UNIDIRECTIONAL = 2;

export function data(streamId: number, payload: string | Buffer, flags = 0): Buffer {
  const bytes = Buffer.from(payload);
  const header = Buffer.concat([uint32(streamId), uint32(bytes.length)]);
  header[4] = flags;
  return Buffer.concat([header, bytes]);
}

export function fin(streamId: number): Buffer {
  return data(streamId, '', FIN);
}

export function rstStream(streamId: number, status: number): Buffer {
  return controlFrame(3, Buffer.concat([uint32(streamId), uint32(status)]));
}

export function ping(id: number): Buffer {
  return controlFrame(6, uint32(id));
}

export function goAway(lastStreamId: number, status = 0): Buffer {
  return controlFrame(7, Buffer.concat([uint32(lastStreamId), uint32(status)]));
}

export interface TestConnection extends Disposable {
  readonly connection: SpdyConnection;
  readonly peer: SpdyPeer;
  readonly transport: SpdyTransport;
  /** The streams that the peer opened. */
  readonly streams: SpdyStream[];
  /** The arguments of each `onDidClose` event. */
  readonly closes: unknown[];
}

/** Creates a {@link SpdyConnection} to test, and its peer. A test disposes of both with `using`. */
export async function connect(
  role: 'client' | 'server',
  options: Partial<SpdyConnectionOptions> = {},
  transport = new SpdyTransport(),
): Promise<TestConnection> {
  const streams: SpdyStream[] = [];
  const closes: unknown[] = [];
  const connection = new SpdyConnection(transport, {
    role,
    onStream: (stream) => streams.push(stream),
    ...options,
  });
  connection.onDidClose((error) => closes.push(error));
  await settle();
  return {
    connection,
    peer: new SpdyPeer(transport),
    transport,
    streams,
    closes,
    [Symbol.dispose]() {
      connection.destroy();
      transport.flow();
      transport.destroy();
    },
  };
}

/** Records the events of a stream from now on: its bytes, `end`, `error: …` and `close`. */
export function record(stream: SpdyStream): string[] {
  const events: string[] = [];
  stream.on('data', (chunk: Buffer) => events.push(chunk.toString('latin1')));
  stream.on('end', () => events.push('end'));
  stream.on('error', (error) => events.push(`error: ${error.message}`));
  stream.on('close', () => events.push('close'));
  return events;
}
