import { type Clock, systemClock } from '../../base/async.ts';
import { fileErrorReason, readBoundedText } from '../../base/boundedFile.ts';
import { CodedError } from '../../base/errors.ts';
import { realPath } from '../../base/realPath.ts';
import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';
import { bearer } from './staticCredentials.ts';

/** How long to use a token before reading its file again, in milliseconds. client-go uses the same time. */
const REREAD_AFTER_MS = 60_000;

/** The permission of the user to send the content of a token file that a kubeconfig of the workspace names. */
export interface TokenFilePermission {
  /** The path of the file that the user has allowed, as `realPath` returns it. */
  readonly file: string;
  /** The name of the context, for errors. */
  readonly context: string;
}

export interface TokenFileOptions {
  readonly user: string;
  readonly path: string;
  /** The token to use as long as the file has never been read. Optional, default none. */
  readonly fallbackToken?: string;
  /**
   * If given, only the content of this file is sent. Optional, default: `path` may be a link that changes, as for the
   * token of a pod's service account.
   */
  readonly permission?: TokenFilePermission;
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
  readonly #permission: TokenFilePermission | undefined;
  readonly #clock: Clock;
  #token: string | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor({ user, path, fallbackToken, permission, clock = systemClock }: TokenFileOptions) {
    this.user = user;
    this.#path = path;
    this.#token = fallbackToken;
    this.#permission = permission;
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

  /**
   * Called after the file has been read and before its content is used: the path may have become a link to another
   * file.
   * @throws CodedError `TOKEN_FILE_NOT_ALLOWED`
   */
  async #checkPermission(): Promise<void> {
    if (this.#permission === undefined) return;
    const { file: allowed, context } = this.#permission;
    const file = await realPath(this.#path);
    if (file !== allowed) throw new CodedError('TOKEN_FILE_NOT_ALLOWED', { context, file });
  }

  async #read(): Promise<string> {
    let token = '';
    let cause: unknown;
    try {
      token = (await readBoundedText(this.#path)).trim();
    } catch (error) {
      cause = error;
    }
    if (token !== '') {
      await this.#checkPermission();
      return token;
    }
    if (this.#token !== undefined) return this.#token;
    const problem = cause === undefined ? 'is empty' : `cannot be read (${fileErrorReason(cause)})`;
    const reason = `the token file ${this.#path} ${problem}`;
    throw new CodedError('CREDENTIALS_FAILED', { user: this.user, reason }, cause);
  }
}
