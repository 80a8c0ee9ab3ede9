import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { Tunnel } from './transport/transport.ts';

/** client-go's interval for SPDY pings, `pkg/util/httpstream/spdy`. */
const PING_INTERVAL_MS = 5_000;
const PING_LIMIT_MS = 5_000;
/** A timer that is this late means that the process was suspended, and an answer may be unread. */
const LATE_MS = 1_000;

/**
 * Pings a tunnel every 5 s and gives it up if no answer comes within 5 s. A tunnel that moves no bytes gets no ping: the answer
 * would wait behind bytes that nobody reads. The caller disposes of the result.
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
      // The tunnel reports its own end.
      () => timer?.dispose(),
    );
  };
  const awaitAnswer = () => {
    const limit = clock.now() + PING_LIMIT_MS;
    timer = clock.setTimer(PING_LIMIT_MS, () => onLimit(clock.now() - limit));
  };
  const onLimit = (lateMs: number) => {
    // The tunnel got stuck, or this process stood still, while the answer was on its way: the other side was not silent.
    if (tunnel.isPaused || lateMs > LATE_MS) return awaitAnswer();
    const seconds = (PING_INTERVAL_MS + PING_LIMIT_MS) / 1000;
    tunnel.lose(new CodedError('LOST_CONNECTION_TO_SERVER', { reason: `no response for ${seconds} s` }));
  };
  schedule();
  return owned;
}
