import { type Clock, raceAbort, systemClock } from '../../base/async.ts';
import { type Backoff, exponentialBackoff } from '../../base/backoff.ts';
import { CodedError } from '../../base/errors.ts';
import { Redactor } from '../../base/redactor.ts';
import { secretsOf } from '../../rest/redaction.ts';
import type { Credentials } from '../../rest/restConfig.ts';
import { withoutCredentials } from '../../rest/statusError.ts';
import { type ExecPluginOptions, runExecPlugin } from './execPlugin.ts';
import type { SignInSource } from './signIn.ts';

/** How long before their expiry credentials are replaced, because a request takes time. */
const EXPIRY_MARGIN_MS = 10_000;
/**
 * How long to use credentials that are already expired on arrival, because a clock is wrong: not every request may run
 * the plugin.
 */
const SHORTEST_USE_MS = 60_000;
/** If the server refuses renewed credentials within this time, another run of the plugin does not help. */
const RENEWAL_MS = 300_000;
/** The pauses before a plugin that failed, and asks nobody, runs again. */
const RETRY = { firstMs: 1_000, maxMs: 300_000 };

export interface ExecCredentialsOptions extends ExecPluginOptions {
  /** Milliseconds since 1970. */
  readonly wallClock?: (() => number) | undefined;
  /** Returns a number in [0, 1), which spreads the runs of several programs. Optional, default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A run of the plugin that any number of callers wait for. The run ends when none is left. */
interface Run {
  readonly promise: Promise<Credentials>;
  readonly abort: AbortController;
  waiting: number;
}

type State =
  | { readonly type: 'empty'; readonly isRenewal: boolean }
  | { readonly type: 'running'; readonly run: Run }
  | {
      readonly type: 'ready';
      readonly credentials: Credentials;
      readonly isRenewal: boolean;
      /** On the monotonic clock. */
      readonly obtainedAtMs: number;
      /** On the wall clock. */
      readonly expiresAtMs: number;
    }
  | {
      readonly type: 'failed';
      readonly error: CodedError;
      readonly isRenewal: boolean;
      /** On the monotonic clock. Infinite if a person has to sign in. */
      readonly retryAtMs: number;
    };

/**
 * A kubeconfig's exec plugin (KEP-541). Keeps the credentials until they expire or the server answers 401; callers share
 * one run. After a failure that a person may have caused, the plugin runs again only for {@link signIn}; after
 * any other, when a pause is over that grows to 5 minutes.
 */
export class ExecCredentials implements SignInSource {
  readonly user: string;
  readonly #options: ExecCredentialsOptions;
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  /** Knows the secrets that the plugin received and returned: some plugins print them. */
  readonly #redactor = new Redactor();
  readonly #firstRetry: Backoff;
  #retry: Backoff;
  #state: State = { type: 'empty', isRenewal: false };

  constructor(options: ExecCredentialsOptions) {
    this.user = options.user;
    this.#redactor.add(secretsGivenTo(options.config));
    this.#options = {
      ...options,
      onPluginOutput: (user, line) => options.onPluginOutput?.(user, this.#shown(line)),
    };
    this.#clock = options.clock ?? systemClock;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#firstRetry = exponentialBackoff({ ...RETRY, random: options.random ?? Math.random });
    this.#retry = this.#firstRetry;
  }

  get needsSignIn(): boolean {
    return this.#state.type === 'failed';
  }

  get needsPerson(): boolean {
    return this.#state.type === 'failed' && !Number.isFinite(this.#state.retryAtMs);
  }

  async get(signal: AbortSignal): Promise<Credentials> {
    signal.throwIfAborted();
    const state = this.#state;
    switch (state.type) {
      case 'failed':
        if (this.#clock.now() < state.retryAtMs) throw state.error;
        return await this.#join(this.#start(state.isRenewal), signal);
      case 'ready':
        if (state.expiresAtMs > this.#wallClock()) return state.credentials;
        return await this.#join(this.#start(false), signal);
      case 'running':
        return await this.#join(state.run, signal);
      case 'empty':
        return await this.#join(this.#start(state.isRenewal), signal);
    }
  }

  async signIn(signal: AbortSignal): Promise<void> {
    if (this.#state.type === 'failed') this.#state = { type: 'empty', isRenewal: false };
    await this.get(signal);
  }

  invalidate(refused: Credentials): boolean {
    const state = this.#state;
    if (state.type === 'failed') return false;
    // Another caller's 401 has already led to newer credentials, or will do so soon.
    if (state.type !== 'ready' || !isSame(state.credentials, refused)) return true;
    if (!state.isRenewal || this.#clock.now() - state.obtainedAtMs >= RENEWAL_MS) {
      this.#state = { type: 'empty', isRenewal: true };
      return true;
    }
    const reason = 'the server rejects the credentials from the plugin: sign in again';
    const error = new CodedError('CREDENTIALS_FAILED', { user: this.user, reason });
    this.#fail(error, this.#options.config.interactiveMode !== 'Never', true);
    return false;
  }

  #fail(error: CodedError, needsPerson: boolean, isRenewal: boolean): void {
    const retryAtMs = needsPerson ? Number.POSITIVE_INFINITY : this.#clock.now() + this.#retry.delayMs;
    this.#retry = this.#retry.next();
    this.#state = { type: 'failed', error, isRenewal, retryAtMs };
  }

  /**
   * Shows a line for people while the plugin runs. The credentials that the plugin will return are known only by their form.
   */
  #shown(line: string): string {
    return this.#redactor.redact(withoutCredentials(line));
  }

  #start(isRenewal: boolean): Run {
    const abort = new AbortController();
    const promise = this.#obtain(abort.signal, isRenewal);
    const run: Run = { promise, abort, waiting: 0 };
    this.#state = { type: 'running', run };
    return run;
  }

  async #join(run: Run, signal: AbortSignal): Promise<Credentials> {
    run.waiting += 1;
    try {
      return await raceAbort(run.promise, signal);
    } finally {
      run.waiting -= 1;
      if (run.waiting === 0 && this.#state.type === 'running' && this.#state.run === run) {
        this.#state = { type: 'empty', isRenewal: false };
        run.abort.abort();
      }
    }
  }

  /** Ignores the result of an abandoned run, whose state another run has replaced. */
  async #obtain(signal: AbortSignal, isRenewal: boolean): Promise<Credentials> {
    const outcome = await runExecPlugin(this.#options, signal);
    signal.throwIfAborted();
    if (outcome.type === 'failure') {
      const { error, needsPerson } = outcome;
      this.#fail(error, needsPerson, isRenewal);
      throw error;
    }
    const { credentials, expiresAtMs = Number.POSITIVE_INFINITY } = outcome.credential;
    // Credentials after a 401 count as valid only when the server accepts them.
    if (!isRenewal) this.#retry = this.#firstRetry;
    this.#redactor.add(secretsOf(credentials));
    this.#state = {
      type: 'ready',
      credentials,
      isRenewal,
      obtainedAtMs: this.#clock.now(),
      expiresAtMs: Math.max(expiresAtMs - EXPIRY_MARGIN_MS, this.#wallClock() + SHORTEST_USE_MS),
    };
    return credentials;
  }
}

/** The values of variables whose names mean secrets. */
function secretsGivenTo({ environment }: ExecCredentialsOptions['config']): readonly string[] {
  const secret = environment.filter(({ name }) => /token|secret|passw|credential|key$/i.test(name));
  return secret.map(({ value }) => value);
}

/** The refused credentials may contain more: a client certificate from the kubeconfig. */
function isSame(own: Credentials, refused: Credentials): boolean {
  const { authorization, clientCertificate } = own;
  return (
    (authorization === undefined || authorization === refused.authorization) &&
    (clientCertificate === undefined ||
      clientCertificate.certificate === refused.clientCertificate?.certificate)
  );
}
