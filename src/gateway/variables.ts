import { copyEnvironment, type EnvironmentVariables } from '../base/environment.ts';
import type { GatewayAddresses } from '../kinds/gateway.ts';
import { parseProxyUrl } from '../kube/kubeconfig/proxyFromEnvironment.ts';

/** The user name in the proxy's URL. The gateway ignores the user name and checks only the secret. */
const PROXY_USER = 'kube';
/** The host in the proxy's URL. */
const GATEWAY_HOST = '127.0.0.1';
/** The value of `NO_PROXY`: the name and the loopback addresses of this machine, to which programs connect directly. */
const NO_PROXY = 'localhost,127.0.0.1,::1';

const JAVA_NAME = 'JAVA_TOOL_OPTIONS';
/**
 * A variable that only this project uses. Its value contains the proxies that the program would use without the
 * gateway, see {@link Earlier}.
 */
const EARLIER_NAME = 'KUBE_PORT_FORWARD_EARLIER_PROXIES';

/**
 * The variables whose value is the URL of the proxy. Some programs read only the uppercase names, others only the
 * lowercase names.
 */
const PROXY_NAMES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

export interface VariableOptions {
  readonly localPort: number;
  /**
   * The password that the program sends to the gateway, its proxy. With this password, the program can also reach
   * servers outside the namespaces. Optional, default none.
   */
  readonly secret?: string;
  /**
   * Whether to set `JAVA_TOOL_OPTIONS`, without which Java programs do not use the proxy. Optional, default false,
   * because every JVM prints the value of this variable when it starts. The value never contains the secret, so Java
   * programs reach only the namespaces.
   */
  readonly java?: boolean;
  /**
   * The environment variables that the program would have without the gateway. The new `JAVA_TOOL_OPTIONS` begins with
   * the options of this environment.
   */
  readonly environment: EnvironmentVariables;
}

/**
 * The content of {@link EARLIER_NAME}. The variable contains JSON in base64url, because shells and `.env` files need no
 * quotes for this text.
 */
interface Earlier {
  /**
   * The local port of the gateway, by which {@link withoutProxyVariables} recognizes the URL of the gateway. Another
   * proxy on this machine has another port.
   */
  readonly localPort: number;
  /** The earlier values of the variables that the gateway has replaced, except those with a password. */
  readonly earlier: Readonly<Record<string, string>>;
  /**
   * The names of the variables whose earlier values contain a password. Such a value is left out, because the variables
   * may be printed or copied to the clipboard. {@link withoutProxyVariables} cannot restore such a value. It keeps the
   * URL of the gateway instead, because the gateway knows the earlier proxy.
   */
  readonly hidden: readonly string[];
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
  return `http://${credentials}${GATEWAY_HOST}:${localPort}`;
}

/**
 * Returns the environment variables through which a program reaches the namespaces by name. All proxies are HTTP URLs,
 * because `socks5h` in `ALL_PROXY` breaks Python's httpx.
 */
export function proxyVariables(options: VariableOptions): Readonly<Record<string, string>> {
  const { localPort, secret, java = false } = options;
  // Removes the variables of another gateway. Otherwise the earlier values would contain these variables, and would
  // become longer with each gateway.
  const environment = withoutProxyVariables(copyEnvironment(options.environment));
  const own = ownVariables(localPort, secret, environment);
  if (!java) delete own[JAVA_NAME];
  const before = Object.entries(environment).filter(([name]) => Object.hasOwn(own, name));
  const content: Earlier = {
    localPort,
    earlier: Object.fromEntries(before.filter(([, value]) => !hasPassword(value))),
    hidden: before.filter(([, value]) => hasPassword(value)).map(([name]) => name),
  };
  own[EARLIER_NAME] = Buffer.from(JSON.stringify(content)).toString('base64url');
  return own;
}

/**
 * Returns the environment without the {@link proxyVariables} of a gateway. Each of these variables gets its earlier
 * value again, unless the variable was changed or its earlier value contains a password. With the result, a program
 * connects to servers as the gateway does, and not through the gateway.
 */
export function withoutProxyVariables(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const content = readEarlier(environment[EARLIER_NAME]);
  if (content === undefined) return environment;
  const { localPort, earlier, hidden } = content;
  const { [EARLIER_NAME]: _, ...others } = environment;
  const urls = PROXY_NAMES.map((name) => parseProxyUrl(environment[name] ?? ''));
  const url = urls.find((each) => each?.hostname === GATEWAY_HOST && Number(each.port) === localPort);
  const own = ownVariables(localPort, url?.password || undefined, earlier);
  const entries = Object.entries(others).map(
    ([name, value]) => [name, value === own[name] && !hidden.includes(name) ? earlier[name] : value] as const,
  );
  return copyEnvironment(Object.fromEntries(entries));
}

/** Returns all {@link proxyVariables} except {@link EARLIER_NAME}. @param before the earlier environment */
function ownVariables(
  localPort: number,
  secret: string | undefined,
  before: EnvironmentVariables,
): Record<string, string> {
  const url = proxyUrl(localPort, secret);
  const proxies = PROXY_NAMES.map((name) => [name, url] as const);
  return {
    ...Object.fromEntries(proxies),
    NO_PROXY,
    no_proxy: NO_PROXY,
    // Node 24 ignores the proxy variables if `NODE_USE_ENV_PROXY` is not set.
    NODE_USE_ENV_PROXY: '1',
    [JAVA_NAME]: javaOptions(localPort, before[JAVA_NAME]),
  };
}

/**
 * Returns the content of {@link EARLIER_NAME}. Undefined if the variable is missing or damaged: any program can set the
 * variable.
 */
function readEarlier(value: string | undefined): Earlier | undefined {
  if (value === undefined) return undefined;
  try {
    const content = JSON.parse(Buffer.from(value, 'base64url').toString()) as Partial<Earlier> | null;
    const { localPort, earlier, hidden } = content ?? {};
    if (typeof localPort !== 'number' || typeof earlier !== 'object' || !Array.isArray(hidden))
      return undefined;
    const isText = Object.values(earlier).every((each) => typeof each === 'string');
    return isText ? { localPort, earlier, hidden } : undefined;
  } catch {
    return undefined;
  }
}

function hasPassword(value: string): boolean {
  return value.includes('@');
}

/**
 * Returns the options by which a JVM uses the gateway as its SOCKS proxy. The options do not contain the secret: a JVM
 * prints them, and asks only an `Authenticator` of the program for a password, and no property.
 */
function javaOptions(localPort: number, before = ''): string {
  const options = ['-DsocksProxyHost=127.0.0.1', `-DsocksProxyPort=${localPort}`];
  return [before, ...options].filter((part) => part !== '').join(' ');
}
