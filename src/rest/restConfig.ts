/** Credentials for one request to an API server. They stay in this process and never reach a log. */
export interface Credentials {
  /** Value of the `Authorization` header. */
  readonly authorization?: string;
  /** PEM texts of a client certificate and its key. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

/** Provides credentials: a kubeconfig's user, an exec plugin, a service account. */
export interface CredentialSource {
  /** The name of the user in the kubeconfig, for errors. */
  readonly user: string;
  /**
   * Returns current credentials, from a cache while they are valid.
   * @throws CodedError `CREDENTIALS_FAILED` if there are none
   */
  get(signal: AbortSignal): Promise<Credentials>;
  /** Drops credentials that the server has rejected with a 401. Returns true if a new `get` may return others. */
  invalidate(refused: Credentials): boolean;
}

/** Impersonation of another user, as with `kubectl --as` (headers `Impersonate-*`). */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The authorities to trust, and the name to verify. */
export interface TlsSettings {
  /** PEM text of the authorities to trust. Optional, default the system's. */
  readonly certificateAuthority?: string;
  /** The name to send and to verify the certificate against. Optional, default the URL's host. */
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
}

/** A request as a log may show it: without headers, because they carry the credentials. */
export interface RequestLogEntry {
  readonly method: string;
  readonly url: string;
  /** HTTP status, or the reason why there is no answer. */
  readonly outcome: number | string;
  readonly durationMs: number;
}

/** How to reach one API server as one user: a REST config, as client-go calls it. Plain data except for the credentials. */
export interface RestConfig {
  /** `https://host:6443`, with a path prefix for a gateway that needs one. */
  readonly server: URL;
  readonly tls: TlsSettings;
  readonly credentials: CredentialSource;
  /** `http:`, `https:`, `socks5:` or `socks5h:`, with credentials if the proxy needs them. */
  readonly proxy?: URL;
  readonly impersonate?: Impersonation;
  /** Limit for the answer to one request, in milliseconds. Optional, default none. */
  readonly requestTimeoutMs?: number;
  /** Called for every request when its answer begins or the request fails. */
  readonly onRequest?: (entry: RequestLogEntry) => void;
  /** Called with the size of each piece of an answer that is read, decompressed. In bytes. */
  readonly onAnswerBytes?: (bytes: number) => void;
}
