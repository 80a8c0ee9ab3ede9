import { shownArguments } from '../../base/errors.ts';
import { formatBytes } from '../../base/quantities.ts';
import { LOG_LIMIT, printable } from '../../base/text.ts';
import type { LogEntry, LogEvent } from '../../rpc/contract.ts';
import { errorText } from './errorText.ts';
import type { Localizer } from './localizer.ts';

/** The output line for one log entry: `[pod/web 8080 → 80] Ready: …`. */
export function logText(l10n: Localizer, entry: LogEntry): string {
  const args = shownArguments(entry.arguments, LOG_LIMIT);
  for (const name of ['bytesSent', 'bytesReceived']) {
    if (typeof args[name] === 'number') args[name] = formatBytes(args[name]);
  }
  args['error'] = entry.error === undefined ? '' : errorText(l10n, entry.error, LOG_LIMIT);
  const sentence = eventText(l10n, entry.event, args);
  return entry.forward === undefined ? sentence : `[${printable(entry.forward)}] ${sentence}`;
}

function eventText(l10n: Localizer, event: LogEvent, args: Record<string, string | number>): string {
  switch (event) {
    case 'hostStarted':
      return l10n.t('Background process {version} is running (PID {processId})', args);
    case 'starting':
      return l10n.t(
        'Starting: {address}:{localPort} → {target}:{remotePort} in namespace {namespace}, context {context}',
        args,
      );
    case 'bound':
      return l10n.t('Listening on {addresses}', args);
    case 'podChosen':
      return l10n.t('Using pod {pod}, port {remotePort}', args);
    case 'ready':
      return args['error'] === ''
        ? l10n.t('Ready: {addresses} → pod {pod} over {transport}', args)
        : l10n.t('Ready: {addresses} → pod {pod} over {transport}. {error}', args);
    case 'connection':
      return l10n.t('Connection {connection} opened', args);
    case 'connectionEnded':
      return args['error'] === ''
        ? l10n.t('Connection {connection} closed: {bytesSent} sent, {bytesReceived} received', args)
        : l10n.t('Connection {connection} failed: {error}', args);
    case 'tunnelLost':
      return l10n.t('Disconnected: {error}', args);
    case 'transportRefused':
      return l10n.t('The server refused the {transport} transport, trying the next one: {error}', args);
    case 'noHalfClose':
      return l10n.t(
        'This server supports no transport with half-close: responses that arrive after the client closes its side are lost',
      );
    case 'reconnecting':
      return args['seconds'] === 0
        ? l10n.t('Reconnecting (attempt {attempt}): {error}', args)
        : l10n.t('Reconnecting in {seconds} s (attempt {attempt}): {error}', args);
    case 'outage':
      return args['isServerSilent'] === 0
        ? l10n.t('Disconnected for {seconds} s: {error}', args)
        : l10n.t('The API server has not responded for {seconds} s: {error}', args);
    case 'waiting':
      return l10n.t('Waiting: {error}', args);
    case 'failed':
      return l10n.t('Failed: {error}', args);
    case 'stopped':
      if (args['connections'] === 1) {
        return l10n.t(
          'Stopped: 1 connection, {failed} failed, {bytesSent} sent, {bytesReceived} received',
          args,
        );
      }
      return l10n.t(
        'Stopped: {connections} connections, {failed} failed, {bytesSent} sent, {bytesReceived} received',
        args,
      );
    case 'credentialsOutput':
      return l10n.t('Credential plugin of {user}: {line}', args);
    case 'gatewayReady':
    case 'namesUnavailable':
    case 'connectionRefused':
      return nameEventText(l10n, event, args);
  }
}

/** The text of an event of namespaces that are open by name. */
function nameEventText(
  l10n: Localizer,
  event: 'gatewayReady' | 'namesUnavailable' | 'connectionRefused',
  args: Record<string, string | number>,
): string {
  switch (event) {
    case 'gatewayReady':
      return l10n.t('Services in {namespaces} are available by name: {url}', args);
    case 'namesUnavailable':
      return l10n.t('The names of {namespace} are missing or out of date: {error}', args);
    case 'connectionRefused':
      return args['destination'] === ''
        ? l10n.t('Connection refused: {error}', args)
        : l10n.t('Connection to {destination} refused: {error}', args);
  }
}
