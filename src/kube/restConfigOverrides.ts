/** What flags put in place of the kubeconfig's own. */
export interface RestConfigOverrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  /** In place of whatever way the user has to sign in. */
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /** Paths of PEM files, in place of the user's own. */
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
