import { Duplex } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import { encodeFrameHeader, Opcode } from '../../websocket/frames.ts';
import { WebSocket } from '../../websocket/webSocket.ts';
import type { ActivityLog } from '../activity.ts';
import { PausedProbe } from './pausedProbe.ts';

const BUFFER_BYTES = 64 * 1024;

type Callback = (error?: Error | null) => void;

export interface ChannelPortForwardOptions {
  readonly ports: readonly number[];
  readonly activity: ActivityLog;
  readonly clock: Clock;
  onPair(port: number, data: Duplex, error: Duplex): void;
}

/**
 * The server's side of `v4.channel.k8s.io`: per port a data and an error channel in one WebSocket, the first message on
 * each being the port as two little-endian bytes; no half-close, so the end of a pair ends everything. Source: kubelet
 * `pkg/kubelet/cri/streaming/portforward/websocket.go`. It owns the transport.
 */
export function serveChannelPortForward(transport: Duplex, options: ChannelPortForwardOptions): void {
  const channels: Channel[] = [];
  let current: Channel | undefined;
  // RFC 6455 section 5.5.3: a pong that nobody asked for is a heartbeat.
  const pong = encodeFrameHeader(Opcode.pong, 0);
  const probe = new PausedProbe(options.clock, () => void transport.write(pong));
  const receive = (piece: Buffer): boolean => {
    const mayContinue = current?.receive(piece) ?? true;
    probe.update(!mayContinue);
    return mayContinue;
  };
  const webSocket = new WebSocket(transport, {
    role: 'server',
    masking: 'none',
    handlers: {
      onData(piece, startsMessage) {
        if (!startsMessage) return receive(piece);
        current = channels[piece[0] ?? -1];
        return receive(piece.subarray(1));
      },
      onEnd() {
        probe.dispose();
        for (const channel of channels) channel.destroy();
      },
    },
  });
  let openPairs = options.ports.length;
  for (const [index, port] of options.ports.entries()) {
    const onResume = (): void => probe.update(false);
    const data = new Channel(webSocket, index * 2, onResume);
    const error = new Channel(webSocket, index * 2 + 1, onResume);
    channels.push(data, error);
    const prefix = Buffer.alloc(2);
    prefix.writeUInt16LE(port);
    for (const channel of [data, error]) {
      channel.once('close', options.activity.open('openStreams'));
      channel.write(prefix);
    }
    error.once('finish', () => {
      openPairs--;
      if (openPairs === 0) webSocket.close();
    });
    // Without half-close the pod's end is the end of the connection.
    data.once('finish', () => data.receiveEnd());
    error.resume();
    options.onPair(port, data, error);
  }
}

/** One channel: the first byte of every message is its number. */
class Channel extends Duplex {
  readonly #webSocket: WebSocket;
  readonly #number: Buffer;
  readonly #onResume: () => void;
  #hasEnded = false;

  constructor(webSocket: WebSocket, number: number, onResume: () => void) {
    super({ allowHalfOpen: true, readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES });
    this.#webSocket = webSocket;
    this.#number = Buffer.of(number);
    this.#onResume = onResume;
    this.on('error', () => {});
  }

  receive(piece: Buffer): boolean {
    if (piece.length === 0 || this.destroyed || this.#hasEnded) return true;
    return this.push(piece);
  }

  receiveEnd(): void {
    if (this.destroyed || this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  override _read(): void {
    this.#onResume();
    this.#webSocket.resume();
  }

  override _write(payload: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#webSocket.send([this.#number, payload], callback);
  }
}
