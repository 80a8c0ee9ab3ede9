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
 * If a pause of the tunnel lasts at least this long, its end shows that the peer still reads. A shorter pause shows
 * nothing, because its end may only mean that the operating system has buffered the sent bytes.
 */
const PROVING_PAUSE_MS = 100;

/**
 * Pings a tunnel 5 s after each answer. If neither an answer nor any other bytes arrive within 5 s, ends the tunnel as
 * lost. On a slow network, the answer waits behind the bytes of the connections, for longer than 5 s. Sends no ping
 * while the tunnel is paused, because a slow local client or the pod then does not read. The answer to a ping would
 * have to wait behind the unread bytes. Disposing of the result ends the pings.
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
  const schedule = () => {
    if (!owned.isDisposed) timer = clock.setTimer(PING_INTERVAL_MS, ask);
  };
  const ask = () => {
    if (tunnel.isPaused || tunnel.ping === undefined) return schedule();
    awaitAnswer();
    tunnel.ping(abort.signal).then(
      () => {
        timer?.dispose();
        schedule();
      },
      // A ping rejects only if the tunnel has ended or this heartbeat was disposed of. The tunnel reports its end
      // itself, so only the timer must be stopped here.
      () => timer?.dispose(),
    );
  };
  const awaitAnswer = () => {
    const limit = clock.now() + PING_LIMIT_MS;
    const { receivedBytes } = tunnel;
    hasMoved = false;
    timer = clock.setTimer(PING_LIMIT_MS, () => {
      const isAlive = hasMoved || tunnel.receivedBytes !== receivedBytes;
      onLimit(isAlive, clock.now() - limit);
    });
  };
  const onLimit = (isAlive: boolean, lateMs: number) => {
    // If the tunnel is paused or this process was suspended, the answer may have arrived without being read. So the
    // wait starts again.
    if (isAlive || tunnel.isPaused || lateMs > LATE_MS) return awaitAnswer();
    const seconds = (PING_INTERVAL_MS + PING_LIMIT_MS) / 1000;
    tunnel.lose(new CodedError('LOST_CONNECTION_TO_SERVER', { reason: `no response for ${seconds} s` }));
  };
  schedule();
  return owned;
}

/** Calls `callback` whenever a pause of the tunnel ends that lasted at least {@link PROVING_PAUSE_MS}. */
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
