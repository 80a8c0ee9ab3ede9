import type { Writable } from 'node:stream';
import { isLoopback } from '../base/address.ts';
import type { CodedError, ErrorArguments } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import type { Exchange } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import { formatTarget } from '../kinds/target.ts';
import type { ForwardEvent } from '../portforward/events.ts';
import { writeForwardText } from '../portforward/forwardText.ts';
import type { TargetReference } from '../rpc/contract.ts';
import type { Outage } from '../session/outageReminder.ts';
import { exchangeFields, exchangeLine } from './exchangeLine.ts';
import { formatBytes } from './formatBytes.ts';
import { jsonLine } from './jsonLine.ts';

export { formatBytes } from './formatBytes.ts';

/** Reports the progress of a forward to a person or a program. */
export interface Reporter {
  event(event: ForwardEvent): void;
  /** There is no suitable pod yet. The reason is `WAITING_FOR_POD` or similar. */
  waiting(reason: CodedError): void;
  /** The pod was lost; the next try starts in `delayMs`. */
  reconnecting(error: CodedError, delayMs: number): void;
  /** Traffic passes, with a problem: the pod is not ready. */
  warning(warning: CodedError): void;
  /** Only a person can sign in again: by pressing Enter, or elsewhere. */
  signInNeeded(user: string, byEnter: boolean): void;
  /** There is still no connection. */
  outage(outage: Outage): void;
  /** The forward runs in the forward host. `namesContext` adds the context to the printed command. */
  detached(target: BackgroundTarget, namesContext: boolean, localPorts?: readonly number[]): void;
  /** A request has passed with its response. */
  exchange(exchange: Exchange): void;
  failed(error: CodedError): void;
  /** The forward stopped because of the signal `reason`. */
  stopped(reason: string): void;
}

export type BackgroundTarget = Pick<TargetReference, 'kind' | 'name' | 'namespace' | 'context'>;

/** Shorter delays are not reported. */
const SHORT_DELAY_MS = 100;

interface Streams {
  readonly out: Writable;
  readonly err: Writable;
}

/** Prints lines like kubectl: progress on standard output, errors on standard error. */
export function textReporter(streams: Streams): Reporter {
  let counters: ForwardCounters | undefined;
  const warnOfOthers = exposureWarning(streams.err);
  return {
    event(event) {
      if (event.type === 'stopped') counters = event.counters;
      writeForwardText(event, streams);
      warnOfOthers(event);
    },
    waiting: (reason) => streams.err.write(`Waiting: ${reason.message}\n`),
    reconnecting: (error, delayMs) => streams.err.write(`${error.message}${retryNotice(delayMs)}\n`),
    warning: (warning) => streams.err.write(`${warning.message}\n`),
    signInNeeded: (user, byEnter) => streams.err.write(`${signInLine(user, byEnter)}\n`),
    outage: (outage) => streams.err.write(`${outageLine(outage)}\n`),
    detached: (target, namesContext, localPorts = []) =>
      streams.out.write(`${detachedLine(target, namesContext, localPorts)}\n`),
    exchange: (exchange) => streams.out.write(`${exchangeLine(exchange)}\n`),
    failed: (error) => streams.err.write(`error: ${error.message}\n`),
    stopped: (reason) => streams.out.write(`${stoppedLine(reason, counters)}\n`),
  };
}

/** Prints one JSON object per line on standard output. Warnings for people go to standard error. */
export function jsonReporter({ out, err }: Streams, now: () => Date = () => new Date()): Reporter {
  let counters: ForwardCounters | undefined;
  const warnOfOthers = exposureWarning(err);
  const write = (event: string, fields: object = {}) => {
    out.write(`${jsonLine({ time: now().toISOString(), event, ...fields })}\n`);
  };
  return {
    event(event) {
      if (event.type === 'stopped') counters = event.counters;
      else writeJsonEvent(event, write);
      warnOfOthers(event);
    },
    waiting: (reason) =>
      write('waiting', { reason: reason.message, code: reason.code, arguments: reason.arguments }),
    reconnecting: (error, delayMs) =>
      write('reconnecting', { delayMs: Math.round(delayMs), ...errorFields(error) }),
    warning: (warning) => write('warning', errorFields(warning)),
    signInNeeded: (user) => write('signInNeeded', { user }),
    outage: ({ error, forMs, isServerSilent }) =>
      write('outage', { forMs: Math.round(forMs), isServerSilent, ...errorFields(error) }),
    detached: (target) =>
      write('detached', {
        target: formatTarget(target),
        namespace: target.namespace,
        context: target.context.context,
      }),
    exchange: (exchange) => write('exchange', exchangeFields(exchange)),
    failed: (error) => write('error', errorFields(error)),
    stopped: (reason) => write('stopped', { reason, ...counters }),
  };
}

/** Warns once if other machines can reach the port. */
function exposureWarning(err: Writable): (event: ForwardEvent) => void {
  let isTold = false;
  return (event) => {
    if (isTold || event.type !== 'ready') return;
    const open = event.addresses.map(({ address }) => address).filter((address) => !isLoopback(address));
    if (open.length === 0) return;
    isTold = true;
    const listed = [...new Set(open)].join(', ');
    err.write(
      `warning: other machines can connect to this forward: it listens on ${listed}, not only on localhost\n`,
    );
  };
}

function signInLine(user: string, byEnter: boolean): string {
  return byEnter
    ? `Press Enter to sign in as ${printable(user)} again`
    : `Sign in as ${printable(user)} with your own login command, then stop this forward and start it again`;
}

function outageLine({ error, forMs, isServerSilent }: Outage): string {
  const seconds = Math.round(forMs / 1000);
  return isServerSilent
    ? `The API server has not responded for ${seconds} s: ${error.message}`
    : `No connection for ${seconds} s: ${error.message}`;
}

function retryNotice(delayMs: number): string {
  return delayMs < SHORT_DELAY_MS ? '' : `; retrying in ${(delayMs / 1000).toFixed(1)} s`;
}

function writeJsonEvent(event: ForwardEvent, write: (event: string, fields?: object) => void): void {
  switch (event.type) {
    case 'starting':
      return write('starting');
    case 'ready':
      return write('ready', {
        pod: { namespace: event.pod.namespace, name: event.pod.name },
        transport: event.transport,
        addresses: event.addresses,
      });
    case 'connection':
      return write('connection', { connection: event.connection, ...event.address });
    case 'connectionEnded': {
      const { type: _, error, address, ...fields } = event;
      const failure = error === undefined ? {} : errorFields(error);
      return write(error === undefined ? 'connectionEnded' : 'connectionFailed', {
        ...fields,
        ...address,
        ...failure,
      });
    }
    case 'tunnelLost':
      return write('tunnelLost', errorFields(event.error));
    case 'transportRefused':
      return write('transportRefused', { transport: event.transport, ...errorFields(event.error) });
    case 'noHalfClose':
      return write('noHalfClose');
    case 'stopped':
  }
}

function errorFields(error: CodedError): { code: string; message: string; arguments: ErrorArguments } {
  return { code: error.code, message: error.message, arguments: error.arguments };
}

/** Names the target as `list` does, which works for every spelling of it. */
function detachedLine(
  target: BackgroundTarget,
  namesContext: boolean,
  localPorts: readonly number[],
): string {
  const commands = 'Running in the background. Stop it with: kube-port-forward stop';
  // A local port names exactly one forward. A target may match forwards of others too.
  if (localPorts.length > 0) return `${commands} ${localPorts.join(' ')}`;
  const { namespace, context } = target;
  const place = namesContext ? ` --context ${quoted(context.context)}` : '';
  return `${commands} ${targetWords(target)} -n ${namespace}${place}`;
}

/** Quotes a text for a shell if needed. */
function quoted(text: string): string {
  return /^[\w.:/@=,-]+$/.test(text) ? text : `'${printable(text)}'`;
}

function stoppedLine(reason: string, counters: ForwardCounters | undefined): string {
  if (counters === undefined) return `Stopped (${reason})`;
  const { total, failed, bytesSent, bytesReceived } = counters;
  const connections = `${total} ${total === 1 ? 'connection' : 'connections'}`;
  const failures = failed === 0 ? '' : ` (${failed} failed)`;
  return `Stopped (${reason}): ${connections}${failures}, ${formatBytes(bytesSent)} sent, ${formatBytes(bytesReceived)} received`;
}

/** Returns the target as command-line arguments. */
function targetWords(target: BackgroundTarget): string {
  return target.kind === 'selector' ? `-l ${quoted(target.name)}` : formatTarget(target);
}
