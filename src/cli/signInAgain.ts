import type { Disposable } from '../base/disposable.ts';
import { CodedError, toCoded } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { isSignInSource } from '../kube/credentials/signIn.ts';
import type { CredentialSource } from '../rest/restConfig.ts';
import type { Reporter } from './reporter.ts';

export interface SignInAgainOptions {
  readonly credentials: CredentialSource;
  readonly reporter: Pick<Reporter, 'signInNeeded' | 'warning'>;
  /** Resolves when the person at the terminal presses Enter. Undefined if nobody can be asked. */
  readonly untilEnter?: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly stop: AbortSignal;
}

/**
 * Lets a person sign in again while a forward or gateway reconnects. This is needed because a login that failed in the
 * background does not run again by itself. The creator must dispose of the object.
 */
export class SignInAgain implements Disposable {
  readonly #options: SignInAgainOptions;
  readonly #didSignIn = new Emitter<void>();
  readonly #disposed = new AbortController();
  #isAsking = false;

  readonly onDidSignIn: Event<void> = this.#didSignIn.event;

  constructor(options: SignInAgainOptions) {
    this.#options = options;
  }

  /**
   * Asks the person at the terminal to sign in. Does nothing if a login cannot help, or if the person is already being
   * asked. Also asks while the API server is unreachable, because the login may open a VPN. If nobody can be asked,
   * only reports once that a login is necessary. The creator must call `offer` each time the forward or gateway
   * reconnects.
   */
  offer(): void {
    if (this.#isAsking || !this.#isWanted()) return;
    this.#isAsking = true;
    void this.#ask().finally(() => {
      this.#isAsking = this.#options.untilEnter === undefined;
    });
  }

  dispose(): void {
    this.#disposed.abort(new CodedError('STOPPED'));
    this.#didSignIn.dispose();
  }

  /**
   * Asks the person to press Enter and then runs the login, until a login succeeds or the forward ends. If nobody can
   * press Enter, only reports that a login is necessary. Never rejects.
   */
  async #ask(): Promise<void> {
    const { credentials, reporter, untilEnter, stop } = this.#options;
    const signal = AbortSignal.any([stop, this.#disposed.signal]);
    while (this.#isWanted() && !signal.aborted) {
      reporter.signInNeeded(credentials.user, untilEnter !== undefined);
      if (untilEnter === undefined || !isSignInSource(credentials)) return;
      try {
        await untilEnter(signal);
        await credentials.signIn(signal);
        this.#didSignIn.fire();
      } catch (error) {
        if (!signal.aborted) reporter.warning(toCoded(error));
      }
    }
  }

  #isWanted(): boolean {
    const { credentials, untilEnter } = this.#options;
    if (!isSignInSource(credentials)) return false;
    return untilEnter === undefined ? credentials.needsPerson : credentials.canSignIn;
  }
}
