/** Credentials for one attempt to reach an API server. They stay in this process and in no log. */
export interface Credentials {
  /** Value of the `Authorization` header. */
  readonly authorization?: string;
  /** PEM texts of a client certificate and its key. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

/** Who gives the credentials: a kubeconfig's user, an exec plugin, a service account. */
export interface CredentialSource {
  /** The kubeconfig's name for the user, shown in errors. */
  readonly user: string;
  /**
   * Current credentials, from a cache where they are still good.
   * @throws CodedError `CREDENTIALS_FAILED` when there are none to be had.
   */
  get(signal: AbortSignal): Promise<Credentials>;
  /** The server answered 401 to these: whatever is cached is of no use. Returns whether a new `get` may give better ones. */
  invalidate(refused: Credentials): boolean;
}

/** Acting as someone else, as `kubectl --as` does (headers `Impersonate-*`). */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Whose certificates to trust, and for which name. */
export interface TlsSettings {
  /** PEM text of the authorities to trust; the system's where it is missing. */
  readonly certificateAuthority?: string;
  /** Name to verify the certificate against, and to send, instead of the URL's host. */
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
}

/** A request as a log may show it: without headers, which carry the credentials. */
export interface RequestLogEntry {
  readonly method: string;
  readonly url: string;
  /** HTTP status, or why there is no answer. */
  readonly outcome: number | string;
  readonly durationMs: number;
}

/** How to reach one API server as one user: what client-go calls a REST config. Plain data but for the credentials. */
export interface RestConfig {
  /** `https://host:6443`, with a path prefix where a gateway asks for one. */
  readonly server: URL;
  readonly tls: TlsSettings;
  readonly credentials: CredentialSource;
  /** `http:`, `https:`, `socks5:` or `socks5h:`, with credentials where the proxy asks for some. */
  readonly proxy?: URL;
  readonly impersonate?: Impersonation;
  /** Limit for one request's answer, milliseconds; none where missing. */
  readonly requestTimeoutMs?: number;
  /** Told of every request once its answer has begun, or has not come. */
  readonly onRequest?: (entry: RequestLogEntry) => void;
}
