import { once } from 'node:events';
import { SpdyConnection } from '../../src/spdy/connection.ts';
import { type SpdyStream, StreamResetError } from '../../src/spdy/stream.ts';
import { type Cut, settle } from './spdyBytes.ts';
import { dataLine, headersText, type RawFrame, ReferenceReader, transcript } from './spdyReference.ts';
import { SpdyTransport } from './spdyTransport.ts';
import type { Direction, WireRecording } from './wireRecording.ts';

/** The result of {@link replay}. */
export interface Replay {
  /** The events of each stream in order, by the ID of the stream. */
  readonly streams: ReadonlyMap<number, string[]>;
  /** The ids of the streams that the peer opened, in order. */
  readonly accepted: readonly number[];
  readonly sent: Buffer;
  /** How many pings of the tested connection the recorded peer has answered. */
  readonly answeredPings: number;
}

/**
 * Replays a recording of a client and a server. A connection of `src/spdy` plays the role that is given. The connection
 * makes the same calls as recorded, such as opening streams and writing data. It receives the recorded bytes of the
 * other role, which `cut` cuts into pieces.
 */
export async function replay(recording: WireRecording, role: 'client' | 'server', cut: Cut): Promise<Replay> {
  const ours: Direction = role === 'client' ? 'c>s' : 's>c';
  const player = new Player(role);
  const reader = new ReferenceReader();
  for (const { direction, bytes } of recording.pieces) {
    if (direction === ours) {
      for (const frame of await reader.read(bytes)) player.act(frame);
    } else {
      for (const piece of cut(bytes)) player.transport.deliver(piece);
    }
    await settle();
  }
  return player.end();
}

/** Returns the events that a connection in the given role is expected to have, for each stream ID. */
export function expectedStreams(
  frames: readonly { readonly direction: Direction; readonly frame: RawFrame }[],
  role: 'client' | 'server',
): Map<number, string[]> {
  const peers: Direction = role === 'client' ? 's>c' : 'c>s';
  const streams = new Map<number, string[]>();
  for (const { frame, direction } of frames) {
    const lines = streams.get(frame.streamId) ?? [];
    if (frame.kind === 'SYN_STREAM') streams.set(frame.streamId, [`OPEN${headersText(frame.headers)}`]);
    if (direction !== peers) continue;
    if (frame.kind === 'DATA') lines.push(...transcript([frame]));
    if (frame.kind === 'RST_STREAM') lines.push(`RESET ${frame.body.readUInt32BE(4)}`);
  }
  return streams;
}

class Player {
  readonly transport = new SpdyTransport();
  readonly #connection: SpdyConnection;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #lines = new Map<number, string[]>();
  readonly #accepted: number[] = [];
  readonly #parity: number;
  #answeredPings = 0;

  constructor(role: 'client' | 'server') {
    this.#parity = role === 'client' ? 1 : 0;
    this.#connection = new SpdyConnection(this.transport, {
      role,
      onStream: (stream) => {
        this.#accepted.push(stream.id);
        this.#watch(stream);
      },
    });
  }

  /** Makes the connection send a recorded frame. Skips answers to pings, because the connection sends these itself. */
  act(frame: RawFrame): void {
    const stream = this.#streams.get(frame.streamId);
    if (frame.kind === 'SYN_STREAM')
      this.#watch(this.#connection.openStream(Object.fromEntries(frame.headers)));
    if (frame.kind === 'SYN_REPLY') stream?.reply(frame.headers);
    if (frame.kind === 'DATA' && frame.body.length > 0) stream?.write(frame.body);
    if (frame.kind === 'DATA' && frame.fin) stream?.end();
    if (frame.kind === 'RST_STREAM') stream?.reset(frame.body.readUInt32BE(4));
    if (frame.kind === 'GOAWAY') this.#connection.goAway(frame.body.readUInt32BE(4));
    const isOwnPing = frame.kind === 'PING' && frame.body.readUInt32BE(0) % 2 === this.#parity;
    if (isOwnPing) this.#ping();
  }

  async end(): Promise<Replay> {
    const sent = this.transport.sent;
    const closed = once(this.transport, 'close');
    this.#connection.destroy();
    await closed;
    return { streams: this.#lines, accepted: this.#accepted, sent, answeredPings: this.#answeredPings };
  }

  #ping(): void {
    this.#connection.ping().then(
      () => this.#answeredPings++,
      () => {},
    );
  }

  #watch(stream: SpdyStream): void {
    const lines = [`OPEN${headersText(stream.headers)}`];
    this.#streams.set(stream.id, stream);
    this.#lines.set(stream.id, lines);
    let received: Buffer[] = [];
    const flush = () => {
      if (received.length > 0) lines.push(dataLine(stream.id, Buffer.concat(received)));
      received = [];
    };
    stream.on('data', (chunk: Buffer) => received.push(chunk));
    stream.on('end', () => {
      flush();
      lines.push(`FIN ${stream.id}`);
    });
    stream.on('error', (error) => {
      flush();
      if (error instanceof StreamResetError) lines.push(`RESET ${error.status}`);
    });
    stream.on('close', flush);
  }
}
