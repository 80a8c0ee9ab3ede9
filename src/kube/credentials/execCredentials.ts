import { type Clock, raceAbort, systemClock } from '../../base/async.ts';
import { type Backoff, exponentialBackoff } from '../../base/backoff.ts';
import { CodedError } from '../../base/errors.ts';
import { Redactor } from '../../base/redactor.ts';
import { secretsOf } from '../../rest/redaction.ts';
import type { Credentials } from '../../rest/restConfig.ts';
import { withoutCredentials } from '../../rest/statusError.ts';
import { type ExecPluginOptions, runExecPlugin } from './execPlugin.ts';
import type { SignInSource } from './signIn.ts';
import { EXPIRY_MARGIN_MS } from './staticCredentials.ts';

/**
 * New credentials are used for at least this time, in milliseconds, even if they seem to have expired already.
 * Otherwise, on a machine with a wrong clock, every request would run the plugin.
 */
const SHORTEST_USE_MS = 60_000;
/**
 * After the server has rejected credentials (401), the plugin runs again and returns new ones. If the server rejects
 * the new credentials too within this time (in milliseconds), the plugin does not run again at once, because it would
 * probably return bad credentials again. Instead, a pause begins, or a person must sign in.
 */
const RENEWAL_MS = 300_000;
/**
 * The first and the longest pause before a failed plugin runs again, in milliseconds. If a person has to sign in, there
 * is no such pause: the plugin runs again only when {@link ExecCredentials.signIn} is called. While the server is
 * unreachable, the pause does not grow.
 */
const RETRY = { firstMs: 1_000, maxMs: 300_000 };

export interface ExecCredentialsOptions extends ExecPluginOptions {
  /**
   * Returns the reason why the API server cannot be reached. Returns undefined if it can be reached. Needs no
   * credentials. Called after the plugin has failed, because a plugin also fails if the machine is offline. Optional:
   * without this function, the server counts as reachable.
   */
  readonly outage?: (signal: AbortSignal) => Promise<CodedError | undefined>;
  /** See `isUnattended` in `CredentialOptions`. */
  readonly isUnattended?: boolean | undefined;
  /** Returns the milliseconds since 1970. Optional, default `Date.now`. */
  readonly wallClock?: (() => number) | undefined;
  /**
   * Returns a number in [0, 1) for random pauses, so that several programs do not run their plugins at the same time.
   * Optional, default `Math.random`.
   */
  readonly random?: (() => number) | undefined;
}

/**
 * A run of the plugin. Several callers of `get` can wait for the same run. When the last caller stops waiting, the run
 * is aborted.
 */
interface Run {
  readonly promise: Promise<Credentials>;
  readonly abort: AbortController;
  /** True if the run was started because the server had rejected the previous credentials (401). */
  readonly isRenewal: boolean;
  waiting: number;
}

/**
 * What must happen before a failed plugin runs again. `pause`: a pause ends. `server`: the API server can be reached,
 * which is tested after each pause. `person`: a person signs in.
 */
type Remedy = 'pause' | 'server' | 'person';

/**
 * The state of the credentials. `isRenewal` is true if the server has rejected the previous credentials (401), and the
 * plugin has returned new ones or will return them.
 */
type State =
  | { readonly type: 'empty'; readonly isRenewal: boolean }
  | { readonly type: 'running'; readonly run: Run }
  | {
      readonly type: 'ready';
      readonly credentials: Credentials;
      readonly isRenewal: boolean;
      /** When the plugin returned the credentials, in milliseconds on the monotonic clock. */
      readonly obtainedAtMs: number;
      /** When the credentials must be renewed, in milliseconds since 1970. */
      readonly expiresAtMs: number;
    }
  | {
      readonly type: 'failed';
      readonly error: CodedError;
      readonly isRenewal: boolean;
      readonly remedy: Remedy;
      /** When the pause ends, in milliseconds on the monotonic clock. Infinite if a person has to sign in. */
      readonly retryAtMs: number;
    };

/**
 * The credentials from a kubeconfig's exec plugin (KEP-541). Caches the credentials until they expire or the server
 * answers 401. Concurrent callers share one run of the plugin.
 *
 * If a failure may mean that a person did not sign in, the plugin runs again only when {@link signIn} is called. But if
 * the API server is unreachable too, `get` throws the error of the unreachable server. Once the server is reachable,
 * `get` runs the plugin once more. After any other failure, and in a program in which nobody can sign in
 * (`isUnattended`), `get` runs the plugin again after a pause, which grows to 5 minutes.
 */
export class ExecCredentials implements SignInSource {
  readonly user: string;
  readonly #options: ExecCredentialsOptions;
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  /**
   * Removes the secrets that the plugin has received or returned from each line that the plugin prints, because some
   * plugins print their secrets.
   */
  readonly #redactor = new Redactor();
  readonly #firstRetry: Backoff;
  #retry: Backoff;
  /**
   * True if the server was, or may have been, unreachable when the plugin last failed. The plugin then does not run
   * before the server is reachable, because it might open a browser each time. This is not a part of `#state`, because
   * the state of an aborted run is lost.
   */
  #wasOffline = false;
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
    return this.#state.type === 'failed' && this.#state.remedy === 'person';
  }

  get canSignIn(): boolean {
    return this.#state.type === 'failed' && this.#state.remedy !== 'pause' && this.#signInRemedy === 'person';
  }

  get #signInRemedy(): Remedy {
    const { config, isUnattended = false } = this.#options;
    return isUnattended || config.interactiveMode === 'Never' ? 'pause' : 'person';
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
    this.#wasOffline = false;
    if (this.#state.type === 'failed') this.#state = { type: 'empty', isRenewal: false };
    await this.get(signal);
  }

  invalidate(refused: Credentials): boolean {
    const state = this.#state;
    if (state.type === 'failed') return false;
    // The 401 to another request may already have started a run of the plugin, so that the refused credentials are no
    // longer the current ones. The result true tells the caller to repeat its request with the new credentials.
    if (state.type !== 'ready' || !isSame(state.credentials, refused)) return true;
    if (!state.isRenewal || this.#clock.now() - state.obtainedAtMs >= RENEWAL_MS) {
      this.#state = { type: 'empty', isRenewal: true };
      return true;
    }
    const reason = 'the server rejects the credentials from the plugin: sign in again';
    const error = new CodedError('CREDENTIALS_FAILED', { user: this.user, reason });
    this.#fail(error, this.#signInRemedy, true);
    return false;
  }

  #fail(error: CodedError, remedy: Remedy, isRenewal: boolean): void {
    const { delayMs } = remedy === 'server' ? this.#firstRetry : this.#retry;
    const retryAtMs = remedy === 'person' ? Number.POSITIVE_INFINITY : this.#clock.now() + delayMs;
    this.#wasOffline = remedy === 'server';
    if (remedy !== 'server') this.#retry = this.#retry.next();
    this.#state = { type: 'failed', error, isRenewal, remedy, retryAtMs };
  }

  /**
   * Removes credentials from a line that the plugin prints. The redactor knows only credentials that the plugin has
   * received or returned. To remove other credentials, `withoutCredentials` removes all text that has the form of
   * credentials.
   */
  #shown(line: string): string {
    return this.#redactor.redact(withoutCredentials(line));
  }

  #start(isRenewal: boolean): Run {
    const abort = new AbortController();
    const promise = this.#obtain(abort.signal, isRenewal);
    const run: Run = { promise, abort, isRenewal, waiting: 0 };
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
        // The next run must know that it still replaces rejected credentials (`isRenewal`). Otherwise, the next 401
        // would count as the first one, and the plugin would run once too often.
        this.#state = { type: 'empty', isRenewal: run.isRenewal };
        run.abort.abort();
      }
    }
  }

  /**
   * Runs the plugin and stores the result in the state. If the run was aborted, ignores its result, because a newer run
   * may already have set the state.
   */
  async #obtain(signal: AbortSignal, isRenewal: boolean): Promise<Credentials> {
    const fail = (error: CodedError, remedy: Remedy) => {
      this.#fail(error, remedy, isRenewal);
      return error;
    };
    const before = this.#wasOffline ? await this.#outage(signal) : undefined;
    if (before !== undefined) throw fail(before, 'server');
    const outcome = await runExecPlugin(this.#options, signal);
    signal.throwIfAborted();
    if (outcome.type === 'failure') {
      if (!outcome.hasRun) throw fail(outcome.error, 'pause');
      this.#wasOffline = true;
      // If the server is unreachable, reports this problem and not the failure of the plugin. After the failure of a
      // plugin, a starting forward would end. For an unreachable server, it waits until the server is reachable.
      const outage = await this.#outage(signal);
      if (outage === undefined) throw fail(outcome.error, this.#signInRemedy);
      throw fail(new CodedError(outage.code, outage.arguments, outcome.error), 'server');
    }
    this.#wasOffline = false;
    const { credentials, expiresAtMs = Number.POSITIVE_INFINITY } = outcome.credential;
    // Resets the pause before retries, because the plugin works again. After a 401 (`isRenewal`), keeps the pause: the
    // server may reject the new credentials too.
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

  async #outage(signal: AbortSignal): Promise<CodedError | undefined> {
    const outage = await this.#options.outage?.(signal);
    signal.throwIfAborted();
    return outage;
  }
}

/** Returns the values of the plugin's environment variables whose names suggest secrets. */
function secretsGivenTo({ environment }: ExecCredentialsOptions['config']): readonly string[] {
  const secret = environment.filter(({ name }) => /token|secret|passw|credential|key$/i.test(name));
  return secret.map(({ value }) => value);
}

/** Returns true if the server has refused the current credentials (`own`), and not earlier ones. */
function isSame(own: Credentials, refused: Credentials): boolean {
  return (
    own.authorization === refused.authorization &&
    own.clientCertificate?.certificate === refused.clientCertificate?.certificate
  );
}
