/** The user in a proxy's address; who it is does not matter, the secret does. */
const PROXY_USER = 'kube';
/** What every program reaches by itself. */
const NO_PROXY = 'localhost,127.0.0.1,::1';

export interface VariableOptions {
  readonly localPort: number;
  /** Lets the program reach what is outside the namespaces, as it would without the proxy. */
  readonly secret?: string;
  /** Whether to set `JAVA_TOOL_OPTIONS`, which every JVM prints. */
  readonly java?: boolean;
  /** The variables that the program would have otherwise. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The HTTP form of the proxy's address, which every program understands in all of its variables. */
export function proxyUrl(localPort: number, secret?: string): string {
  const credentials = secret === undefined ? '' : `${PROXY_USER}:${secret}@`;
  return `http://${credentials}127.0.0.1:${localPort}`;
}

/** The SOCKS form, with names resolved by the gateway. */
export function socksUrl(localPort: number): string {
  return `socks5h://127.0.0.1:${localPort}`;
}

/**
 * The variables with which a program reaches the namespace by its names. All in the HTTP form: `socks5h` in `ALL_PROXY` breaks Python's
 * httpx.
 */
export function proxyVariables(options: VariableOptions): Readonly<Record<string, string>> {
  const { localPort, secret, java = false, environment } = options;
  const url = proxyUrl(localPort, secret);
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
  const own: Record<string, string> = {};
  for (const name of names) {
    own[name] = url;
    own[name.toLowerCase()] = url;
  }
  own['NO_PROXY'] = NO_PROXY;
  own['no_proxy'] = NO_PROXY;
  // Node 24 heeds the variables only then.
  own['NODE_USE_ENV_PROXY'] = '1';
  if (java) own['JAVA_TOOL_OPTIONS'] = javaOptions(localPort, secret, environment['JAVA_TOOL_OPTIONS']);
  return own;
}

function javaOptions(localPort: number, secret: string | undefined, before = ''): string {
  const options = [
    '-DsocksProxyHost=127.0.0.1',
    `-DsocksProxyPort=${localPort}`,
    ...(secret === undefined
      ? []
      : [`-Djava.net.socks.username=${PROXY_USER}`, `-Djava.net.socks.password=${secret}`]),
  ];
  return [before, ...options].filter((part) => part !== '').join(' ');
}
