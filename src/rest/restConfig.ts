/** Credentials for one request to an API server. They stay in this process, and logs never contain them. */
export interface Credentials {
  /** Value of the `Authorization` header. */
  readonly authorization?: string;
  /** PEM texts of a client certificate and its key. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

/** Provides credentials, for example those of a kubeconfig user, an exec plugin or a service account. */
export interface CredentialSource {
  /** The name of the user in the kubeconfig, for errors. */
  readonly user: string;
  /**
   * Returns valid credentials: from a cache if possible, otherwise new ones, for example from the exec plugin.
   * @throws CodedError `CREDENTIALS_FAILED` if no credentials can be obtained
   */
  get(signal: AbortSignal): Promise<Credentials>;
  /**
   * Removes credentials from the cache after the server has rejected them with a 401. Returns true if the next `get`
   * may return other credentials, so that the caller can send the request again.
   */
  invalidate(refused: Credentials): boolean;
}

/** Impersonation of another user, as with `kubectl --as` (headers `Impersonate-*`). */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** How to verify the certificate of the server. */
export interface TlsSettings {
  /** The authorities to trust, as PEM text. Optional, default the authorities of the system. */
  readonly certificateAuthority?: string;
  /**
   * The host name to send in the TLS handshake and to expect in the certificate. Optional, default the host of the
   * server URL.
   */
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
}

/**
 * One request with its outcome, for the request log. Contains no headers, because the headers contain the credentials.
 */
export interface RequestLogEntry {
  readonly method: string;
  readonly url: string;
  /** The HTTP status, or the reason why there is no response. */
  readonly outcome: number | string;
  readonly durationMs: number;
}

/** How to reach one API server, and as which user. client-go calls this a REST config. */
export interface RestConfig {
  /** The URL of the server: `https://host:6443`. If the API is served below a path, the URL includes this path. */
  readonly server: URL;
  readonly tls: TlsSettings;
  readonly credentials: CredentialSource;
  /**
   * The URL of the proxy, with the scheme `http:`, `https:`, `socks5:` or `socks5h:`, and with credentials if the
   * proxy requires them. Optional, default none.
   */
  readonly proxy?: URL;
  readonly impersonate?: Impersonation;
  /**
   * The time limit for one request, in milliseconds. It includes the time to get credentials. Optional: by default, a
   * request has one minute from the time when the credentials have arrived.
   */
  readonly requestTimeoutMs?: number;
  /** Called for each request when its response begins or when the request fails. */
  readonly onRequest?: (entry: RequestLogEntry) => void;
  /** Called with the size of each piece of an answer, in bytes after decompression, to count received bytes. */
  readonly onAnswerBytes?: (bytes: number) => void;
}
