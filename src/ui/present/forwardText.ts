import { printable } from '../../base/text.ts';
import { formatTarget } from '../../kinds/target.ts';
import type { ErrorInfo, ForwardSnapshot, TargetReference } from '../../rpc/contract.ts';
import { errorText } from './errorText.ts';
import { formatBytes, formatTime } from './format.ts';
import type { Localizer } from './localizer.ts';
import { joinParts } from './row.ts';

/** `pod/web`, as kubectl writes a target. */
export function targetText(target: TargetReference): string {
  return printable(formatTarget(target));
}

/** The name of a forward for users: its label, or `pod/web:80`. */
export function forwardName(forward: ForwardSnapshot): string {
  const { label } = forward.specification;
  return label !== undefined && label !== '' ? printable(label) : forwardTarget(forward);
}

/** `pod/web:80`: the target with its port. */
export function forwardTarget({ specification }: ForwardSnapshot): string {
  return `${targetText(specification.target)}:${printable(String(specification.remotePort))}`;
}

/** `localhost:8080`, `[::1]:8080`: the local address as a user types it. Undefined while no port is bound. */
export function forwardedAddress(forward: ForwardSnapshot): string | undefined {
  if (forward.localPort === undefined) return undefined;
  const { address } = forward.specification;
  return `${address.includes(':') ? `[${address}]` : printable(address)}:${forward.localPort}`;
}

/** `ready`, `reconnecting since 14:03:10`, … in the user's language. */
export function stateText(l10n: Localizer, forward: ForwardSnapshot): string {
  const { state } = forward;
  switch (state.type) {
    case 'starting':
      if (state.outage !== undefined) {
        return l10n.t('not connected since {time}', { time: formatTime(state.outage.sinceMs) });
      }
      return state.waiting === undefined ? l10n.t('starting') : l10n.t('waiting');
    case 'ready':
      return l10n.t('ready');
    case 'reconnecting':
      if (state.tunnel !== undefined) return l10n.t('pod not ready');
      return state.outage === undefined
        ? l10n.t('reconnecting, attempt {attempt}', { attempt: state.attempt })
        : l10n.t('reconnecting since {time}', { time: formatTime(state.outage.sinceMs) });
    case 'stopping':
      return l10n.t('stopping');
    case 'stopped':
      return l10n.t('stopped');
    case 'failed':
      return l10n.t('failed');
  }
}

/** Why a forward carries no traffic, or its warning, in one sentence. Undefined if there is neither. */
export function reasonText(l10n: Localizer, { state }: ForwardSnapshot): string | undefined {
  if (state.type === 'starting' && state.waiting !== undefined) return printable(state.waiting);
  const told = state.type === 'ready' ? state.warning : 'error' in state ? state.error : undefined;
  return told && errorText(l10n, told);
}

/** Whether the forward failed, reconnects, or has an error while it starts. */
export function needsAttention({ state }: ForwardSnapshot): boolean {
  if (state.type === 'starting') return state.error !== undefined;
  return state.type === 'reconnecting' || state.type === 'failed';
}

/** `2 open · 14 total · 1 failed`. */
export function connectionsText(l10n: Localizer, forward: ForwardSnapshot): string {
  const { open, total, failed } = forward.counts;
  return joinParts([
    l10n.t('{open} open', { open }),
    l10n.t('{total} total', { total }),
    failed === 0 ? undefined : l10n.t('{failed} failed', { failed }),
  ]);
}

/** `↑ 1.2 kB ↓ 34 MB`: sent to the pod, received from it. */
export function trafficText(forward: ForwardSnapshot): string {
  const { bytesSent, bytesReceived } = forward.counts;
  return `↑ ${formatBytes(bytesSent)} ↓ ${formatBytes(bytesReceived)}`;
}

/** Ports of protocols that browsers do not speak (IANA port registry, and the documentation of databases). */
const OTHER_PORTS: ReadonlySet<number> = new Set([
  ...[
    7, 21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 2379, 2380, 3306,
    3389,
  ],
  ...[
    4222, 5432, 5433, 5671, 5672, 6379, 6380, 6432, 7687, 8883, 9042, 9092, 11211, 26257, 27017, 33060, 50051,
  ],
]);
/** By convention, a port name begins with its protocol: `tcp-redis`, `postgres`. */
const OTHER_NAMES =
  /^(tcp|grpc|postgres|postgresql|pg|mysql|mariadb|mssql|sql|db|redis|valkey|mongo|mongodb|amqp|amqps|kafka|nats|mqtt|ldap|ldaps|ssh|smtp|imap|cql|cassandra|memcache|memcached|bolt|echo)\b/;

/** Whether a browser may be useful, judged by port name and number only. Nothing is probed. */
export function isForBrowser({
  specification: { remotePort },
  remotePort: number,
}: ForwardSnapshot): boolean {
  if (typeof remotePort === 'string') return !OTHER_NAMES.test(remotePort) && !OTHER_PORTS.has(number ?? 0);
  return !OTHER_PORTS.has(remotePort);
}

/** The expected scheme, judged by port name and number only. Nothing is probed. */
export function schemeOf(forward: ForwardSnapshot): 'http' | 'https' {
  const { remotePort } = forward.specification;
  const number = forward.remotePort ?? (typeof remotePort === 'number' ? remotePort : 0);
  const name = typeof remotePort === 'string' ? remotePort : '';
  return number === 443 || number === 8443 || /^https\b|https$/.test(name) ? 'https' : 'http';
}

/** Whether the user must sign in before the forward can reconnect. */
export function needsSignIn({ state }: ForwardSnapshot): boolean {
  if (state.type !== 'reconnecting') return false;
  return state.error.code === 'UNAUTHORIZED' || state.error.code === 'CREDENTIALS_FAILED';
}

/** The warning of a forward that is ready. */
export function warningOf({ state }: ForwardSnapshot): ErrorInfo | undefined {
  return state.type === 'ready' ? state.warning : undefined;
}

/** Whether the forward accepts connections on its local port. */
export function isBound(forward: ForwardSnapshot): boolean {
  return (
    forward.localPort !== undefined &&
    (forward.state.type === 'ready' ||
      forward.state.type === 'reconnecting' ||
      forward.state.type === 'starting')
  );
}

/** Ports of the IANA registry, and of common programs, that speak HTTP. */
const HTTP_PORTS = new Set([80, 443, 3000, 4200, 5000, 5173, 8000, 8008, 8080, 8081, 8443, 8888, 9000, 9090]);

/** Whether a browser can show what a forward leads to: by the port's name and number alone, nothing is probed. */
export function looksLikeHttp(forward: ForwardSnapshot): boolean {
  const { remotePort } = forward.specification;
  if (typeof remotePort === 'string' && /(^|-)(https?|web|ui)(-|$)/.test(remotePort)) return true;
  const numbers = [remotePort, forward.remotePort];
  return numbers.some((number) => typeof number === 'number' && HTTP_PORTS.has(number));
}
