/** Values of flags that replace those of the kubeconfig. */
export interface RestConfigOverrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  /** Replaces the user's way to sign in. */
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /** Paths of PEM files that replace the user's. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** Path of a PEM file. */
  readonly certificateAuthority?: string;
  readonly requestTimeoutMs?: number;
}
