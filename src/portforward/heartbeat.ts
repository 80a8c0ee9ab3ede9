import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { Tunnel } from './transport/transport.ts';

/** The pause between an answer and the next ping. client-go pings at the same interval (`pkg/util/httpstream/spdy`). */
const PING_INTERVAL_MS = 5_000;
const PING_LIMIT_MS = 5_000;
/**
 * If the timer that limits the wait for an answer fires more than this many milliseconds late, this process was
 * probably suspended. An answer may then have arrived without being read. So the tunnel does not count as lost, and the
 * wait starts again.
 */
const LATE_MS = 1_000;
/**
 * The slowest upload, in bytes per second, during which a tunnel does not count as lost. A ping arrives only after the
 * bytes that were sent before it, and operating systems and proxies may still buffer some megabytes of these bytes. So
 * the wait for the answer is extended by the time that these bytes take at this speed.
 */
const SLOWEST_BYTES_PER_SECOND = 50_000;
/**
 * A tunnel is paused while it is blocked in at least one direction. The end of a pause that lasted at least this long
 * shows that the API server is alive: the server has probably read bytes that could not be sent before. The end of a
 * shorter pause shows nothing: perhaps only the operating system has accepted these bytes into its buffer.
 */
const PROVING_PAUSE_MS = 100;
/**
 * The longest wait for the answer to a ping. The wait grows with the number of bytes sent before the ping. Without this
 * limit, the wait after a long upload would be far too long: when the ping is sent, most of the upload has already
 * arrived, and only the last megabytes are still in the buffers of operating systems and proxies.
 */
const MAX_LIMIT_MS = 60_000;

/**
 * Pings a tunnel 5 s after each answer. Ends the tunnel as lost if neither an answer nor any other bytes arrive in
 * time: within 5 s, plus the time that a slow network needs for the bytes sent before the ping. Sends no ping while the
 * tunnel is paused, because a local client or the pod then reads too slowly, and the ping or its answer would wait
 * behind the unread bytes. Disposing of the result ends the pings.
 */
export function watchHeartbeat(tunnel: Tunnel, clock: Clock): Disposable {
  const owned = new DisposableStore();
  const abort = new AbortController();
  owned.add({ dispose: () => abort.abort() });
  let timer: Disposable | undefined;
  owned.add({ dispose: () => timer?.dispose() });
  let hasMoved = false;
  owned.add(
    onLongPauseEnd(tunnel, clock, () => {
      hasMoved = true;
    }),
  );
  /** The number of bytes that were sent before the last answered ping. The API server has read these bytes. */
  let readBytes = 0;
  const schedule = () => {
    if (!owned.isDisposed) timer = clock.setTimer(PING_INTERVAL_MS, ask);
  };
  const ask = () => {
    if (tunnel.isPaused || tunnel.ping === undefined) return schedule();
    const { sentBytes = 0 } = tunnel;
    const extraMs = 1_000 * Math.floor((sentBytes - readBytes) / SLOWEST_BYTES_PER_SECOND);
    awaitAnswer(Math.min(PING_LIMIT_MS + extraMs, MAX_LIMIT_MS));
    tunnel.ping(abort.signal).then(
      () => {
        readBytes = sentBytes;
        timer?.dispose();
        schedule();
      },
      // A ping rejects only if the tunnel has ended or this heartbeat was disposed of. The tunnel reports its end
      // itself, so only the timer must be stopped here.
      () => timer?.dispose(),
    );
  };
  const awaitAnswer = (limitMs: number) => {
    const limit = clock.now() + limitMs;
    const { receivedBytes } = tunnel;
    hasMoved = false;
    timer = clock.setTimer(limitMs, () => {
      const isAlive = hasMoved || tunnel.receivedBytes !== receivedBytes;
      onLimit(limitMs, isAlive, clock.now() - limit);
    });
  };
  const onLimit = (limitMs: number, isAlive: boolean, lateMs: number) => {
    // If bytes have arrived or a long pause has ended, the API server is alive, and only the answer is late. If the
    // tunnel is paused or this process was suspended, the answer may have arrived without being read. In each case, the
    // wait starts again.
    if (isAlive || tunnel.isPaused || lateMs > LATE_MS) return awaitAnswer(limitMs);
    const seconds = (PING_INTERVAL_MS + limitMs) / 1000;
    tunnel.lose(new CodedError('LOST_CONNECTION_TO_SERVER', { reason: `no response for ${seconds} s` }));
  };
  schedule();
  return owned;
}

/** Calls `callback` at the end of each pause of the tunnel that lasted at least {@link PROVING_PAUSE_MS}. */
function onLongPauseEnd(tunnel: Tunnel, clock: Clock, callback: () => void): Disposable {
  let pausedSince: number | undefined;
  return tunnel.onDidChangePause((isPaused) => {
    if (isPaused) {
      pausedSince ??= clock.now();
      return;
    }
    if (pausedSince !== undefined && clock.now() - pausedSince >= PROVING_PAUSE_MS) callback();
    pausedSince = undefined;
  });
}
