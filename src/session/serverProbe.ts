import { type Clock, onAbort } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { isCoded } from '../base/errors.ts';
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

interface Waiter {
  readonly resolve: () => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Polls servers until they answer. The requests contain no credentials, so that a network failure never makes a user
 * sign in. Callers that wait for the same server share the requests.
 */
export class RestServerProbe implements ServerProbe {
  readonly #clock: Clock;
  readonly #polls = new Map<string, ServerPoll>();

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
      const poll = this.#polls.get(key) ?? new ServerPoll(config, this.#clock);
      this.#polls.set(key, poll);
      const leave = () => {
        abort.dispose();
        if (poll.remove(waiter)) this.#polls.delete(key);
      };
      const waiter: Waiter = {
        onFailure,
        resolve: () => {
          leave();
          resolve();
        },
      };
      const abort = onAbort(signal, () => {
        leave();
        reject(signal.reason);
      });
      poll.add(waiter);
    });
  }
}

/** Polls one server until it answers or the last waiter is removed. */
class ServerPoll {
  readonly #config: RestConfig;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  readonly #abort = new AbortController();
  #timer: Disposable | undefined;

  constructor(config: RestConfig, clock: Clock) {
    this.#config = { ...config, credentials: NO_CREDENTIALS, requestTimeoutMs: ANSWER_LIMIT_MS };
    this.#clock = clock;
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter);
    if (this.#waiters.size === 1) this.#poll();
  }

  /** Removes a waiter and returns whether it was the last. */
  remove(waiter: Waiter): boolean {
    this.#waiters.delete(waiter);
    if (this.#waiters.size > 0) return false;
    this.#timer?.dispose();
    this.#abort.abort();
    return true;
  }

  #poll(): void {
    this.#timer = this.#clock.setTimer(INTERVAL_MS, () => this.#poll());
    askVersion(this.#config, this.#abort.signal, this.#clock).then(
      () => this.#succeed(),
      (error: unknown) => {
        if (isAnswer(error)) this.#succeed();
        else for (const waiter of [...this.#waiters]) waiter.onFailure(error);
      },
    );
  }

  #succeed(): void {
    for (const waiter of [...this.#waiters]) waiter.resolve();
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
