/** Values of command-line flags that replace the values of the kubeconfig. */
export interface RestConfigOverrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  /** A bearer token, used instead of the credentials of the kubeconfig's user. */
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /**
   * The path of a PEM file with a client certificate, used instead of the certificate of the kubeconfig's user.
   * `clientKey` is the path of the key.
   */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** The path of a PEM file with the certificate authorities to trust. */
  readonly certificateAuthority?: string;
  readonly requestTimeoutMs?: number;
}
