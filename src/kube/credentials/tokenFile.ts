import { type Clock, systemClock } from '../../base/async.ts';
import { fileErrorReason, readBoundedText } from '../../base/boundedFile.ts';
import { CodedError } from '../../base/errors.ts';
import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';
import { bearer } from './staticCredentials.ts';

/** How long to use a token before reading its file again, in milliseconds. client-go uses the same time. */
const REREAD_AFTER_MS = 60_000;

export interface TokenFileOptions {
  readonly user: string;
  readonly path: string;
  /** The token to use as long as the file has never been read. Optional, default none. */
  readonly fallbackToken?: string;
  readonly clock?: Clock;
}

/**
 * A token in a file that another program renews, such as the token of a pod's service account. Reads the file again
 * after a minute, and after a 401. If the file cannot be read or is empty, uses the token that was read last, or else
 * the fallback token.
 */
export class TokenFileCredentials implements CredentialSource {
  readonly user: string;
  readonly #path: string;
  readonly #clock: Clock;
  #token: string | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor({ user, path, fallbackToken, clock = systemClock }: TokenFileOptions) {
    this.user = user;
    this.#path = path;
    this.#token = fallbackToken;
    this.#clock = clock;
  }

  async get(): Promise<Credentials> {
    if (this.#clock.now() - this.#readAtMs < REREAD_AFTER_MS && this.#token !== undefined) {
      return bearer(this.#token);
    }
    this.#token = await this.#read();
    this.#readAtMs = this.#clock.now();
    return bearer(this.#token);
  }

  invalidate(): boolean {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
    return true;
  }

  async #read(): Promise<string> {
    let reason: string;
    let cause: unknown;
    try {
      const token = (await readBoundedText(this.#path)).trim();
      if (token !== '') return token;
      reason = 'is empty';
    } catch (error) {
      reason = `cannot be read (${fileErrorReason(error)})`;
      cause = error;
    }
    if (this.#token !== undefined) return this.#token;
    const text = `the token file ${this.#path} ${reason}`;
    throw new CodedError('CREDENTIALS_FAILED', { user: this.user, reason: text }, cause);
  }
}
