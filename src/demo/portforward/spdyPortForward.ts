import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';
import { SpdyConnection } from '../../spdy/connection.ts';
import type { SpdyStream } from '../../spdy/stream.ts';
import type { ActivityLog } from '../activity.ts';
import { PausedProbe } from './pausedProbe.ts';

// The names of a stream's headers, in lower case as SPDY requires. Source: k8s.io/api/core/v1 `types.go`.
const STREAM_TYPE = 'streamtype';
const PORT = 'port';
const REQUEST_ID = 'requestid';

/**
 * How long the first stream of a pair (a data stream and an error stream) waits for the second stream, in milliseconds.
 * Source: kubelet `DefaultStreamCreationTimeout`.
 */
const PAIR_TIMEOUT_MS = 30_000;
const MAX_PORT = 65_535;

export interface SpdyPortForwardOptions {
  readonly activity: ActivityLog;
  readonly clock: Clock;
  /** Called with each complete pair of streams. */
  onPair(port: number, data: SpdyStream, error: SpdyStream): void;
}

interface WaitingStream {
  readonly stream: SpdyStream;
  readonly type: 'data' | 'error';
  readonly timer: Disposable;
}

/**
 * Serves a SPDY tunnel: accepts streams, and pairs data and error streams by their request ID. Owns the stream
 * `transport`.
 */
export function servePortForward(transport: Duplex, options: SpdyPortForwardOptions): SpdyConnection {
  const waiting = new Map<string, WaitingStream>();
  const open = new Set<() => void>();
  const connection = new SpdyConnection(transport, {
    role: 'server',
    onStream(stream) {
      const closed = options.activity.open('openStreams');
      open.add(closed);
      stream.once('close', () => {
        open.delete(closed);
        closed();
      });
      acceptStream(stream, waiting, options);
    },
  });
  // The probe sends pings only to find out whether the client still exists. Does not wait for the response to a ping,
  // which stays unread while the tunnel is paused. Ignores the error with which `ping` rejects when the tunnel closes.
  const probe = new PausedProbe(options.clock, () => void connection.ping().catch(() => {}));
  connection.onDidChangePause((isPaused) => probe.update(isPaused));
  connection.onDidClose(() => {
    probe.dispose();
    for (const { timer } of waiting.values()) timer.dispose();
    waiting.clear();
    // Counts all streams as closed now. A stream with unread bytes never emits `close`, and would count as open
    // forever.
    for (const closed of open) closed();
    open.clear();
  });
  return connection;
}

function acceptStream(
  stream: SpdyStream,
  waiting: Map<string, WaitingStream>,
  { clock, onPair }: SpdyPortForwardOptions,
): void {
  const type = stream.headers.get(STREAM_TYPE);
  const port = Number(stream.headers.get(PORT));
  const isPort = Number.isInteger(port) && port > 0 && port <= MAX_PORT;
  if ((type !== 'data' && type !== 'error') || !isPort) return stream.reset();
  stream.reply();
  const requestId =
    stream.headers.get(REQUEST_ID) ?? `stream-${type === 'error' ? stream.id : stream.id - 2}`;
  const first = waiting.get(requestId);
  if (first === undefined) {
    const timer = clock.setTimer(PAIR_TIMEOUT_MS, () => {
      waiting.delete(requestId);
      stream.reset();
    });
    waiting.set(requestId, { stream, type, timer });
    return;
  }
  first.timer.dispose();
  waiting.delete(requestId);
  if (first.type === type) {
    first.stream.reset();
    return stream.reset();
  }
  const [data, error] = type === 'data' ? [stream, first.stream] : [first.stream, stream];
  // Reads the error stream, although the client sends only a FIN on it: a stream whose FIN is unread never closes.
  error.resume();
  onPair(port, data, error);
}
