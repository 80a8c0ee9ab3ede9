import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { Tunnel } from './transport/transport.ts';

/** client-go's interval for SPDY pings, `pkg/util/httpstream/spdy`. */
const PING_INTERVAL_MS = 5_000;
const PING_LIMIT_MS = 5_000;
/** A timer that is later than this by itself: the process stood still, and an answer may lie unread. */
const LATE_MS = 1_000;

/**
 * Asks a tunnel for an answer every 5 s and gives it up when none comes for 5 s more. While the tunnel moves no bytes it
 * is left alone: the answer would be behind the bytes that nobody takes. Disposing ends the asking.
 */
export function watchHeartbeat(tunnel: Tunnel, clock: Clock): Disposable {
  const owned = new DisposableStore();
  const abort = new AbortController();
  owned.add({ dispose: () => abort.abort() });
  let timer: Disposable | undefined;
  owned.add({ dispose: () => timer?.dispose() });
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
      // The tunnel tells of its end by itself.
      () => timer?.dispose(),
    );
  };
  const awaitAnswer = () => {
    const limit = clock.now() + PING_LIMIT_MS;
    timer = clock.setTimer(PING_LIMIT_MS, () => onLimit(clock.now() - limit));
  };
  const onLimit = (lateMs: number) => {
    // It got stuck while the answer was under way, or we were away: that is no silence of the other side.
    if (tunnel.isPaused || lateMs > LATE_MS) return awaitAnswer();
    const seconds = (PING_INTERVAL_MS + PING_LIMIT_MS) / 1000;
    tunnel.lose(new CodedError('LOST_CONNECTION_TO_SERVER', { reason: `no answer for ${seconds} s` }));
  };
  schedule();
  return owned;
}
