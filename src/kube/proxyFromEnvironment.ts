import { BlockList, isIP } from 'node:net';
import { CodedError } from '../base/errors.ts';

/**
 * The proxy that the environment asks for, by the rules of Go's `httpproxy` package, and so kubectl's: `HTTPS_PROXY` or
 * `HTTP_PROXY` by the server's scheme, upper case first, unless `NO_PROXY` names the server or it is on this machine.
 * `ALL_PROXY` is not looked at: kubectl connects directly where only that one is set.
 * @throws CodedError `PROXY_FAILED` where one is asked for whose text is no URL
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
  // Its text may hold a password; going past it would not be what was asked for.
  const reason = 'it is no URL like http://host:port';
  throw new CodedError('PROXY_FAILED', { proxy: 'from the environment', server: server.host, reason });
}

/** Reads a proxy's URL; `host:port` alone means HTTP. Undefined where it is none. */
export function parseProxyUrl(text: string): URL | undefined {
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  // A password with a slash in it ends the host too early.
  return url?.pathname.includes('@') ? undefined : url;
}

function isExempt(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const port = server.port || (server.protocol === 'http:' ? '80' : '443');
  if (host === 'localhost' || isLoopback(host)) return true;
  return noProxy.split(',').some((rule) => matches(rule.trim().toLowerCase(), host, port));
}

/** Whether one rule of `NO_PROXY` covers the host: `*`, an address, a network, or a domain with all below it. */
function matches(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  if (rule.includes('/')) return isInNetwork(host, rule);
  const { host: ruleHost, port: rulePort } = splitPort(rule);
  if (ruleHost === '' || (rulePort !== '' && rulePort !== port)) return false;
  if (isIP(ruleHost) !== 0) return isIP(host) !== 0 && isInNetwork(host, ruleHost);
  if (isIP(host) !== 0) return false;
  // `example.com` covers the domain and what is below it, `.example.com` and `*.example.com` only the latter.
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

function isLoopback(host: string): boolean {
  return isInNetwork(host, '127.0.0.0/8') || isInNetwork(host, '::1');
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
