import { type Clock, onAbort } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { isCoded } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { SharedMap } from '../base/sharedMap.ts';
import { askVersion } from '../kube/cluster/serverVersion.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { StatusError } from '../rest/statusError.ts';
import type { ServerProbe } from './ports.ts';

/**
 * Time between two requests. Each request opens its own connection to the server, and does not wait until the previous
 * request has finished. On a network that drops packets, a new connection to the server often succeeds before an old
 * one recovers.
 */
const INTERVAL_MS = 1_000;
const ANSWER_LIMIT_MS = 5_000;

/**
 * Polls servers until they answer. The requests contain no credentials, so that a network failure never makes a user
 * sign in. Callers that wait for the same server share the requests.
 */
export class RestServerProbe implements ServerProbe {
  readonly #clock: Clock;
  readonly #polls = new SharedMap<ServerPoll>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  untilReachable(
    config: RestConfig,
    signal: AbortSignal,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const key = `${config.server.href} ${config.proxy?.href ?? ''}`;
      const owned = new DisposableStore();
      // Leaves the poll at once, and not when the caller has seen the result: a caller that aborts and waits again
      // must not get the old poll, whose next request may be a second away.
      const settle = (finish: () => void) => {
        owned.dispose();
        finish();
      };
      const poll = owned.add(this.#polls.acquire(key, () => new ServerPoll(config, this.#clock))).value;
      owned.add(poll.onDidFail(onFailure));
      owned.add(poll.onDidAnswer(() => settle(resolve)));
      owned.add(onAbort(signal, () => settle(() => reject(signal.reason))));
    });
  }
}

/** Polls one server, from its creation until it is disposed of. */
class ServerPoll implements Disposable {
  readonly #config: RestConfig;
  readonly #clock: Clock;
  readonly #didAnswer = new Emitter<void>();
  readonly #didFail = new Emitter<unknown>();
  readonly #abort = new AbortController();
  #timer: Disposable | undefined;

  readonly onDidAnswer: Event<void> = this.#didAnswer.event;
  /** Fires with the reason after each request without an answer. */
  readonly onDidFail: Event<unknown> = this.#didFail.event;

  constructor(config: RestConfig, clock: Clock) {
    this.#config = { ...config, credentials: NO_CREDENTIALS, requestTimeoutMs: ANSWER_LIMIT_MS };
    this.#clock = clock;
    this.#poll();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#abort.abort();
  }

  #poll(): void {
    this.#timer = this.#clock.setTimer(INTERVAL_MS, () => this.#poll());
    askVersion(this.#config, this.#abort.signal, this.#clock).then(
      () => this.#didAnswer.fire(),
      (error: unknown) => {
        if (isAnswer(error)) this.#didAnswer.fire();
        else this.#didFail.fire(error);
      },
    );
  }
}

/**
 * Returns whether the error proves that the server answered. A response that rejects the request is an answer, and so
 * is a TLS alert about the missing client certificate. The status 502, 503 or 504 is no answer of the server: a load
 * balancer sends such a status when it cannot reach the server.
 */
function isAnswer(error: unknown): boolean {
  if (error instanceof StatusError) return ![502, 503, 504].includes(error.status.code);
  return isCoded(error, 'TLS') || isCoded(error, 'PROTOCOL');
}

const NO_CREDENTIALS = {
  user: '',
  get: () => Promise.resolve({}),
  invalidate: () => false,
};
