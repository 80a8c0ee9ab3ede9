import type { ErrorArguments } from '../base/errors.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import { formatTarget } from '../kinds/target.ts';
import { formatAddress } from '../portforward/forwardText.ts';
import type { ForwardSpecification, LogEntry, LogEvent, LogLevel } from '../rpc/contract.ts';
import { toErrorInfo } from '../rpc/rpcErrors.ts';
import type { SessionNotice } from '../session/notices.ts';
import type { Outage } from '../session/outageReminder.ts';

type Line = Omit<LogEntry, 'forward'>;

/** Turns a session's notices into log lines in the words of the contract. */
export class ForwardLog {
  readonly #specification: ForwardSpecification;
  /** The arguments of the latest `connected` line. */
  #connected: ErrorArguments = {};

  constructor(specification: ForwardSpecification) {
    this.#specification = specification;
  }

  line(notice: SessionNotice): Line {
    switch (notice.type) {
      case 'starting':
        return line('info', 'starting', startingArguments(this.#specification));
      case 'bound':
        return line('info', 'addressBound', { addresses: formatAddresses(notice.addresses) });
      case 'podChosen':
        return line('debug', 'podChosen', {
          pod: notice.pod.name,
          remotePort: notice.remotePorts.join(', '),
        });
      case 'connected':
        return this.#connectedLine(notice);
      case 'podReady':
        return line('info', 'ready', this.#connected);
      case 'reconnecting':
        return {
          ...line('warn', 'reconnecting', {
            attempt: notice.attempt,
            seconds: Math.round(notice.delayMs / 100) / 10,
          }),
          error: toErrorInfo(notice.error),
        };
      case 'failed':
        return { ...line('error', 'failed'), error: toErrorInfo(notice.error) };
      case 'stopped':
        return line('info', 'stopped', stoppedArguments(notice.counters));
      default:
        return connectionLine(notice);
    }
  }

  /** Returns the line for a forward that still has no connection. */
  outageLine({ error, forMs, isServerSilent }: Outage): Line {
    const seconds = Math.round(forMs / 1000);
    const event = isServerSilent ? 'serverSilent' : 'stillReconnecting';
    return { ...line('warn', event, { seconds }), error: toErrorInfo(error) };
  }

  #connectedLine(notice: Extract<SessionNotice, { type: 'connected' }>): Line {
    const { pod, transport, addresses } = notice;
    this.#connected = { pod: pod.name, transport, addresses: formatAddresses(addresses) };
    if (notice.isPodReady) return line('info', 'ready', this.#connected);
    const error = { code: 'POD_TAKEN_UNREADY', arguments: { name: pod.name } } as const;
    return { ...line('warn', 'ready', this.#connected), error };
  }
}

type ConnectionNotice = Extract<
  SessionNotice,
  { type: 'connection' | 'connectionEnded' | 'tunnelLost' | 'transportRefused' | 'noHalfClose' }
>;

/** Returns the line for an event of a connection or a tunnel. */
export function connectionLine(notice: ConnectionNotice): Line {
  switch (notice.type) {
    case 'connection':
      return line('debug', 'connectionOpened', { connection: notice.connection });
    case 'connectionEnded': {
      const { connection, bytesSent, bytesReceived, error } = notice;
      if (error === undefined)
        return line('debug', 'connectionEnded', { connection, bytesSent, bytesReceived });
      return { ...line('warn', 'connectionFailed', { connection }), error: toErrorInfo(error) };
    }
    case 'tunnelLost':
      return { ...line('warn', 'tunnelLost'), error: toErrorInfo(notice.error) };
    case 'transportRefused':
      return {
        ...line('info', 'transportRefused', { transport: notice.transport }),
        error: toErrorInfo(notice.error),
      };
    case 'noHalfClose':
      return line('warn', 'noHalfClose');
  }
}

/** Returns `pod/web 8080 → 80`, with the ports that are known. */
export function forwardName(specification: ForwardSpecification, localPort: number | undefined): string {
  const { target, remotePort, localPort: asked } = specification;
  const local = localPort ?? (asked.port === 0 ? '?' : asked.port);
  return `${formatTarget(target)} ${local} → ${remotePort}`;
}

/** Returns `127.0.0.1:8080, [::1]:8080`. */
export function formatAddresses(addresses: readonly BoundAddress[]): string {
  return addresses.map(formatAddress).join(', ');
}

function startingArguments({ target, remotePort, localPort, address }: ForwardSpecification): ErrorArguments {
  return {
    target: formatTarget(target),
    namespace: target.namespace,
    context: target.context.context,
    remotePort,
    localPort: localPort.port,
    address,
  };
}

function stoppedArguments({ total, failed, bytesSent, bytesReceived }: ForwardCounters): ErrorArguments {
  return { connections: total, failed, bytesSent, bytesReceived };
}

function line(level: LogLevel, event: LogEvent, args: ErrorArguments = {}): Line {
  return { level, event, arguments: args };
}
