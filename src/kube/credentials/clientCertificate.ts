import { createPrivateKey, X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { fileErrorReason, readBoundedText } from '../../base/boundedFile.ts';
import { CodedError } from '../../base/errors.ts';
import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';

/**
 * Where the PEM text of a certificate or key is: as base64 in the kubeconfig (`data`), or in a file (`path`). If both
 * are set, `data` is used.
 */
export interface PemOrigin {
  readonly data?: string | undefined;
  readonly path?: string | undefined;
}

export interface ClientCertificateOptions {
  readonly user: string;
  readonly certificate: PemOrigin;
  readonly key: PemOrigin;
  /** The address of the API server, for error messages. */
  readonly server: string;
  /**
   * True if the user has other credentials too. If the certificate has expired or is not yet valid, `get` then returns
   * no certificate. If false, `get` throws for such a certificate. Optional, default false.
   */
  readonly isDispensable?: boolean;
  readonly wallClock?: () => number;
}

type KeyPair = NonNullable<Credentials['clientCertificate']>;

/**
 * Provides a client certificate and its key from the kubeconfig or from files. Reads the files again when they have
 * changed, because certificates are renewed. If the new files are unreadable or do not match each other, uses the
 * previous pair as long as it is valid. `get` throws a CodedError `TLS` if there is no usable certificate with its key.
 */
export class ClientCertificateCredentials implements CredentialSource {
  readonly user: string;
  readonly #options: ClientCertificateOptions;
  readonly #wallClock: () => number;
  #pair: KeyPair | undefined;
  #version: string | undefined;

  constructor(options: ClientCertificateOptions) {
    this.user = options.user;
    this.#options = options;
    this.#wallClock = options.wallClock ?? Date.now;
  }

  async get(): Promise<Credentials> {
    const version = await this.#fileVersion();
    if (this.#pair === undefined || version !== this.#version) await this.#load(version);
    if (this.#pair === undefined) throw this.#error('the client certificate does not match the client key');
    const fault = this.#faultOfDates(this.#pair);
    if (fault === undefined) return { clientCertificate: this.#pair };
    if (this.#options.isDispensable === true) return {};
    throw this.#error(fault);
  }

  /**
   * Returns true if the certificate is in a file, because the file may have changed since {@link get} read it. The
   * caller then calls `get` again and repeats the rejected request.
   */
  invalidate(): boolean {
    const { data, path } = this.#options.certificate;
    return data === undefined && path !== undefined;
  }

  async #load(version: string): Promise<void> {
    try {
      const certificate = await this.#read('client-certificate', this.#options.certificate);
      const key = await this.#read('client-key', this.#options.key);
      if (!this.#belongTogether(certificate, key)) return;
      this.#pair = { certificate, key };
      this.#version = version;
    } catch (error) {
      if (this.#pair === undefined) throw error;
    }
  }

  async #read(field: string, origin: PemOrigin): Promise<string> {
    if (origin.data !== undefined) return Buffer.from(origin.data, 'base64').toString('utf8');
    if (origin.path === undefined) throw this.#error(`${field} is missing`);
    try {
      return await readBoundedText(origin.path);
    } catch (error) {
      const reason = fileErrorReason(error);
      throw this.#error(`${field} ${origin.path} cannot be read (${reason})`, error);
    }
  }

  #belongTogether(certificate: string, key: string): boolean {
    const parsed = this.#parse(certificate);
    try {
      return parsed.checkPrivateKey(createPrivateKey(key));
    } catch (error) {
      throw this.#error('client-key is not a PEM key without a passphrase', error);
    }
  }

  #parse(certificate: string): X509Certificate {
    try {
      return new X509Certificate(certificate);
    } catch (error) {
      throw this.#error('client-certificate is not a PEM certificate', error);
    }
  }

  #faultOfDates({ certificate }: KeyPair): string | undefined {
    const { validFromDate, validToDate } = this.#parse(certificate);
    const now = this.#wallClock();
    if (validToDate.getTime() <= now) {
      return `the client certificate expired on ${validToDate.toISOString()}: renew it`;
    }
    if (validFromDate.getTime() <= now) return undefined;
    return `the client certificate is not valid before ${validFromDate.toISOString()}`;
  }

  /**
   * Returns a text that changes whenever one of the files changes, so that `get` reads the files again only then. The
   * text is constant if the kubeconfig contains the certificate and the key themselves.
   */
  async #fileVersion(): Promise<string> {
    const { certificate, key } = this.#options;
    const paths = [certificate, key].flatMap(({ data, path }) => (data === undefined && path ? [path] : []));
    const versions = paths.map((path) =>
      stat(path).then(
        ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
        () => 'missing',
      ),
    );
    return (await Promise.all(versions)).join();
  }

  #error(reason: string, cause?: unknown): CodedError {
    const { server, user } = this.#options;
    return new CodedError('TLS', { server, reason: `user "${user}": ${reason}` }, cause);
  }
}
