import { CodedError, type ErrorArguments } from '../base/errors.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ConnectionEvent, ForwardNotice, NoticeOf } from '../kinds/forwardNotice.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import { formatTarget } from '../kinds/target.ts';
import { formatAddress } from '../portforward/forwardText.ts';
import type { LogEntry, LogEvent, LogLevel } from '../rpc/contract.ts';
import type { ForwardSpecification } from '../rpc/forwardsContract.ts';
import { toErrorInfo } from '../rpc/rpcErrors.ts';

type Line = Omit<LogEntry, 'forward'>;

/** Turns the notices of a forward into log lines. */
export class ForwardLog {
  readonly #specification: ForwardSpecification;
  /**
   * The arguments of the latest log line `ready`. If the pod was not Ready at that time and becomes Ready later, a
   * second `ready` line repeats these arguments.
   */
  #ready: ErrorArguments = {};

  /**
   * The last known local port. The last log lines of a stopped forward still name the port, although the forward no
   * longer listens on it.
   */
  #localPort: number | undefined;

  constructor(specification: ForwardSpecification) {
    this.#specification = specification;
  }

  /**
   * Returns the log line for a notice.
   * @param localPort undefined while the forward does not listen
   */
  entry(notice: ForwardNotice, localPort: number | undefined): LogEntry {
    this.#localPort = localPort ?? this.#localPort;
    return { forward: logName(this.#specification, this.#localPort), ...this.#line(notice) };
  }

  #line(notice: ForwardNotice): Line {
    switch (notice.type) {
      case 'starting':
        return line('info', 'starting', startingArguments(this.#specification));
      case 'bound':
        return line('info', 'bound', { addresses: formatAddresses(notice.addresses) });
      case 'podChosen':
        return line('debug', 'podChosen', {
          pod: notice.pod.name,
          remotePort: notice.remotePorts.join(', '),
        });
      case 'ready':
        return this.#readyLine(notice);
      case 'podReady':
        return line('info', 'ready', this.#ready);
      case 'reconnecting':
        return line(
          'warn',
          'reconnecting',
          { attempt: notice.attempt, seconds: Math.round(notice.delayMs / 100) / 10 },
          notice.error,
        );
      case 'waiting':
        return line('info', 'waiting', {}, notice.error);
      case 'outage': {
        const { forMs, isServerSilent, error } = notice;
        const args = { seconds: Math.round(forMs / 1000), isServerSilent: Number(isServerSilent) };
        return line('warn', 'outage', args, error);
      }
      case 'failed':
        return line('error', 'failed', {}, notice.error);
      case 'stopped':
        return line('info', 'stopped', stoppedArguments(notice.counters));
      default:
        return connectionLine(notice);
    }
  }

  #readyLine(notice: NoticeOf<'ready'>): Line {
    const { pod, transport, addresses } = notice;
    this.#ready = { pod: pod.name, transport, addresses: formatAddresses(addresses) };
    if (notice.isPodReady) return line('info', 'ready', this.#ready);
    return line('warn', 'ready', this.#ready, new CodedError('POD_TAKEN_UNREADY', { name: pod.name }));
  }
}

/** Returns the log line for an event of a local client's connection, or of the tunnel (the connection to the pod). */
export function connectionLine(notice: ConnectionEvent): Line {
  switch (notice.type) {
    case 'connection':
      return line('debug', 'connection', { connection: notice.connection });
    case 'connectionEnded': {
      const { connection, bytesSent, bytesReceived, error } = notice;
      if (error === undefined)
        return line('debug', 'connectionEnded', { connection, bytesSent, bytesReceived });
      return line('warn', 'connectionEnded', { connection }, error);
    }
    case 'tunnelLost':
      return line('warn', 'tunnelLost', {}, notice.error);
    case 'transportRefused':
      return line('info', 'transportRefused', { transport: notice.transport }, notice.error);
    case 'noHalfClose':
      return line('warn', 'noHalfClose');
  }
}

/** Returns the name of the forward in the log, such as `pod/web 8080 → 80`. An unknown local port is `?`. */
function logName(specification: ForwardSpecification, localPort: number | undefined): string {
  const { target, remotePort, localPort: asked } = specification;
  const local = localPort ?? (asked.port === 0 ? '?' : asked.port);
  return `${formatTarget(target)} ${local} → ${remotePort}`;
}

/** Returns addresses as text, such as `127.0.0.1:8080, [::1]:8080`. */
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

/** Returns the arguments of the log line `stopped`: the number of connections and of bytes. */
export function stoppedArguments({
  total,
  failed,
  bytesSent,
  bytesReceived,
}: ForwardCounters): ErrorArguments {
  return { connections: total, failed, bytesSent, bytesReceived };
}

/** Creates a log line. @param error the error that the line reports; optional */
export function line(level: LogLevel, event: LogEvent, args: ErrorArguments = {}, error?: CodedError): Line {
  return { level, event, arguments: args, ...(error && { error: toErrorInfo(error) }) };
}
