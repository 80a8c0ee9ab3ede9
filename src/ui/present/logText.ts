import { shownArguments } from '../../base/errors.ts';
import { formatBytes } from '../../base/quantities.ts';
import { LOG_LIMIT, printable } from '../../base/text.ts';
import type { LogEntry, LogEvent } from '../../rpc/contract.ts';
import { errorText } from './errorText.ts';
import type { Localizer } from './localizer.ts';

/** Returns the line in the output of the window for one log entry: `[pod/web 8080 → 80] Ready: …`. */
export function logText(l10n: Localizer, entry: LogEntry): string {
  const args = shownArguments(entry.arguments, LOG_LIMIT);
  for (const name of ['bytesSent', 'bytesReceived']) {
    if (typeof args[name] === 'number') args[name] = formatBytes(args[name]);
  }
  args['error'] = entry.error === undefined ? '' : errorText(l10n, entry.error, LOG_LIMIT);
  const sentence = EVENT_TEXTS[entry.event](l10n, args);
  return entry.forward === undefined ? sentence : `[${printable(entry.forward)}] ${sentence}`;
}

type EventText = (l10n: Localizer, args: Readonly<Record<string, string | number>>) => string;

const EVENT_TEXTS: Readonly<Record<LogEvent, EventText>> = {
  hostStarted: (l10n, args) => l10n.t('Background process {version} is running (PID {processId})', args),
  starting: (l10n, args) =>
    l10n.t(
      'Starting: {address}:{localPort} → {target}:{remotePort} in namespace {namespace}, context {context}',
      args,
    ),
  bound: (l10n, args) => l10n.t('Listening on {addresses}', args),
  podChosen: (l10n, args) => l10n.t('Using pod {pod}, port {remotePort}', args),
  ready: (l10n, args) =>
    args['error'] === ''
      ? l10n.t('Ready: {addresses} → pod {pod} over {transport}', args)
      : l10n.t('Ready: {addresses} → pod {pod} over {transport}. {error}', args),
  connection: (l10n, args) => l10n.t('Connection {connection} opened', args),
  connectionEnded: (l10n, args) =>
    args['error'] === ''
      ? l10n.t('Connection {connection} closed: {bytesSent} sent, {bytesReceived} received', args)
      : l10n.t('Connection {connection} failed: {error}', args),
  tunnelLost: (l10n, args) => l10n.t('Disconnected: {error}', args),
  transportRefused: (l10n, args) =>
    l10n.t('The server refused the {transport} transport, trying the next one: {error}', args),
  noHalfClose: (l10n) =>
    l10n.t(
      'This server supports no transport with half-close: responses that arrive after the client closes its side are lost',
    ),
  reconnecting: (l10n, args) =>
    args['seconds'] === 0
      ? l10n.t('Reconnecting (attempt {attempt}): {error}', args)
      : l10n.t('Reconnecting in {seconds} s (attempt {attempt}): {error}', args),
  outage: (l10n, args) =>
    args['isServerSilent'] === 0
      ? l10n.t('Disconnected for {seconds} s: {error}', args)
      : l10n.t('The API server has not responded for {seconds} s: {error}', args),
  waiting: (l10n, args) => l10n.t('Waiting: {error}', args),
  failed: (l10n, args) => l10n.t('Failed: {error}', args),
  stopped: (l10n, args) =>
    args['connections'] === 1
      ? l10n.t('Stopped: 1 connection, {failed} failed, {bytesSent} sent, {bytesReceived} received', args)
      : l10n.t(
          'Stopped: {connections} connections, {failed} failed, {bytesSent} sent, {bytesReceived} received',
          args,
        ),
  credentialsOutput: (l10n, args) => l10n.t('Credential plugin of {user}: {line}', args),
  gatewayReady: (l10n, args) => l10n.t('Services in {namespaces} are available by name: {url}', args),
  namesUnavailable: (l10n, args) =>
    l10n.t('The names of {namespace} are missing or out of date: {error}', args),
  connectionRefused: (l10n, args) =>
    args['destination'] === ''
      ? l10n.t('Connection refused: {error}', args)
      : l10n.t('Connection to {destination} refused: {error}', args),
};
