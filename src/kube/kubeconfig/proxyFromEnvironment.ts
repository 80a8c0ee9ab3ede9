import { BlockList, isIP } from 'node:net';
import { hostOf, isLoopback } from '../../base/address.ts';
import { CodedError } from '../../base/errors.ts';

/**
 * Returns the proxy for a server by the rules of Go's package `httpproxy`, which kubectl uses. The scheme of the server
 * selects `HTTPS_PROXY` or `HTTP_PROXY`; upper-case names have precedence. Returns undefined if `NO_PROXY` names the
 * server or the server is on this machine. Ignores `ALL_PROXY`, as kubectl does.
 * @throws CodedError `PROXY_FAILED` if the value of the variable is not a URL
 */
export function proxyFromEnvironment(
  server: URL,
  environment: Readonly<Record<string, string | undefined>>,
): URL | undefined {
  const either = (name: string) => environment[name] || environment[name.toLowerCase()] || '';
  const proxy = either(server.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY').trim();
  if (proxy === '' || isExempt(server, either('NO_PROXY'))) return undefined;
  const url = parseProxyUrl(proxy);
  if (url !== undefined) return url;
  // Throws instead of connecting without the proxy, because the user wants all requests to use the proxy. The error
  // does not quote the value, which may contain a password.
  const reason = 'not a URL such as http://host:port';
  throw new CodedError('PROXY_FAILED', { proxy: 'from the environment', server: server.host, reason });
}

/** Parses the URL of a proxy. `host:port` without a scheme means HTTP. Returns undefined if the text is not a URL. */
export function parseProxyUrl(text: string): URL | undefined {
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  // Rejects a URL with an `@` in its path, such as `http://me:12/34@proxy`. Its password `12/34` contains an unescaped
  // slash. `URL` ends the host at this slash, so the user name `me` would become the host of the proxy.
  return url?.pathname.includes('@') ? undefined : url;
}

function isExempt(server: URL, noProxy: string): boolean {
  const host = hostOf(server).toLowerCase();
  const port = server.port || (server.protocol === 'http:' ? '80' : '443');
  if (isLoopback(host)) return true;
  return noProxy.split(',').some((rule) => matches(rule.trim().toLowerCase(), host, port));
}

/**
 * Returns true if a rule of `NO_PROXY` covers a server. The rule is `*`, an address, a network or a domain.
 * @param host the host name or IP address of the server
 */
function matches(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  if (rule.includes('/')) return isInNetwork(host, rule);
  const { host: ruleHost, port: rulePort } = splitPort(rule);
  if (ruleHost === '' || (rulePort !== '' && rulePort !== port)) return false;
  if (isIP(ruleHost) !== 0) return isIP(host) !== 0 && isInNetwork(host, ruleHost);
  if (isIP(host) !== 0) return false;
  // `example.com` covers the domain and its subdomains, `.example.com` and `*.example.com` only the subdomains.
  if (ruleHost.startsWith('*.')) return host.endsWith(ruleHost.slice(1));
  if (ruleHost.startsWith('.')) return host.endsWith(ruleHost);
  return host === ruleHost || host.endsWith(`.${ruleHost}`);
}

function splitPort(rule: string): { host: string; port: string } {
  if (isIP(rule) !== 0) return { host: rule, port: '' };
  const match = /^(?:\[(?<bracketed>[^\]]*)\]|(?<plain>[^:]*))(?::(?<port>\d+))?$/.exec(rule);
  if (match?.groups === undefined) return { host: '', port: '' };
  const { bracketed, plain, port } = match.groups;
  return { host: bracketed ?? plain ?? '', port: port ?? '' };
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', length] = network.split('/');
  if (isIP(host) === 0 || isIP(address) === 0) return false;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const longest = family === 'ipv4' ? 32 : 128;
  const prefix = length === undefined ? longest : Number(length);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > longest) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}
