import { copyEnvironment, type EnvironmentVariables } from '../base/environment.ts';
import type { GatewayAddresses } from '../kinds/gateway.ts';
import { parseProxyUrl } from '../kube/kubeconfig/proxyFromEnvironment.ts';

/** The user name in the proxy's URL. The gateway ignores the user name and checks only the secret. */
const PROXY_USER = 'kube';
/** The value of `NO_PROXY`: the names of this machine, to which programs connect directly. */
const NO_PROXY = 'localhost,127.0.0.1,::1';

/** The variables whose value is the URL of the proxy. Programs read either case. */
const PROXY_NAMES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

export interface VariableOptions {
  readonly localPort: number;
  /**
   * The password of the program for the proxy. With this password, the program can also reach servers outside the
   * namespaces. Optional, default none.
   */
  readonly secret?: string;
  /**
   * Whether to set `JAVA_TOOL_OPTIONS`, without which Java programs do not use the proxy. Optional, default false,
   * because every JVM prints the value of this variable when it starts.
   */
  readonly java?: boolean;
  /**
   * The environment variables that the program would have without the gateway. The new `JAVA_TOOL_OPTIONS` begins with
   * the options of this environment.
   */
  readonly environment: EnvironmentVariables;
}

/** Returns the addresses of a gateway. The scheme `socks5h` tells a program to let the gateway resolve names. */
export function gatewayAddresses(localPort: number): GatewayAddresses {
  return {
    localPort,
    url: `http://localhost:${localPort}/`,
    proxyUrl: proxyUrl(localPort),
    socksUrl: `socks5h://127.0.0.1:${localPort}`,
  };
}

/** Returns the URL of the gateway as an HTTP proxy. Programs accept such a URL in all proxy variables. */
function proxyUrl(localPort: number, secret?: string): string {
  const credentials = secret === undefined ? '' : `${PROXY_USER}:${secret}@`;
  return `http://${credentials}127.0.0.1:${localPort}`;
}

/**
 * Returns the environment variables through which a program reaches the namespaces by name. All proxies are HTTP URLs,
 * because `socks5h` in `ALL_PROXY` breaks Python's httpx.
 */
export function proxyVariables(options: VariableOptions): Readonly<Record<string, string>> {
  const { localPort, secret, java = false, environment } = options;
  const url = proxyUrl(localPort, secret);
  const own: Record<string, string> = {};
  for (const name of PROXY_NAMES) own[name] = url;
  own['NO_PROXY'] = NO_PROXY;
  own['no_proxy'] = NO_PROXY;
  // Node 24 ignores the proxy variables if `NODE_USE_ENV_PROXY` is not set.
  own['NODE_USE_ENV_PROXY'] = '1';
  if (java) own['JAVA_TOOL_OPTIONS'] = javaOptions(localPort, secret, environment['JAVA_TOOL_OPTIONS']);
  return own;
}

/**
 * Returns the environment without the {@link proxyVariables} of a gateway that are still unchanged: each of them has
 * its earlier value again. So a program that was started with these variables can reach servers in the same way
 * as the gateway, and not through the gateway.
 * @param environmentOf returns the environment for which a gateway created a secret; undefined for an unknown secret
 */
export function withoutProxyVariables(
  environment: Readonly<Record<string, string>>,
  environmentOf: (secret: string) => EnvironmentVariables | undefined,
): Readonly<Record<string, string>> {
  for (const name of PROXY_NAMES) {
    const url = parseProxyUrl(environment[name] ?? '');
    const before = url && environmentOf(url.password);
    if (url === undefined || before === undefined) continue;
    const { password: secret, port } = url;
    const own = proxyVariables({ localPort: Number(port), secret, java: true, environment: before });
    const entries = Object.entries(environment).map(
      ([key, value]) => [key, value === own[key] ? before[key] : value] as const,
    );
    return copyEnvironment(Object.fromEntries(entries));
  }
  return environment;
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
