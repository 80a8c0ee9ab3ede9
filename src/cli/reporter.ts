import type { Writable } from 'node:stream';
import { isLoopback } from '../base/address.ts';
import { CodedError, type ErrorArguments } from '../base/errors.ts';
import { formatBytes } from '../base/quantities.ts';
import { quoteWord } from '../base/shells.ts';
import { printable } from '../base/text.ts';
import type { Exchange } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ForwardNotice, NoticeOf } from '../kinds/forwardNotice.ts';
import { formatTarget } from '../kinds/target.ts';
import { writeForwardText } from '../portforward/forwardText.ts';
import type { TargetReference } from '../rpc/clustersContract.ts';
import { exchangeFields, exchangeLine } from './exchangeLine.ts';
import { jsonLine } from './jsonLine.ts';

/** Reports the progress of a forward to a person or a program. */
export interface Reporter {
  notice(notice: ForwardNotice): void;
  /** Reports a problem that does not end the forward. */
  warning(warning: CodedError): void;
  /**
   * Reports that a person must sign in again.
   * @param byEnter true if the person can sign in by pressing Enter; false if the person must run a login command
   */
  signInNeeded(user: string, byEnter: boolean): void;
  /**
   * Reports that the forward now runs in the forward host. The text for a person contains the command that stops the
   * forward.
   * @param namesContext whether this command contains the context. Has no effect if `names` is given
   * @param names the local ports or addresses of the forward, which this command then contains. Optional, default: this
   *   command contains the target
   */
  detached(target: BackgroundTarget, namesContext: boolean, names?: readonly string[]): void;
  /** Reports a request with its response. */
  exchange(exchange: Exchange): void;
  /** Reports that the forward has stopped. @param reason the name of the signal, or `done` */
  stopped(reason: string): void;
}

export type BackgroundTarget = Pick<TargetReference, 'kind' | 'name' | 'namespace' | 'context'>;

/** If the delay before a retry is shorter than this, the delay is not printed, because nobody would notice it. */
const SHORT_DELAY_MS = 100;

interface Streams {
  readonly out: Writable;
  readonly err: Writable;
}

/** Prints lines like kubectl: progress on standard output, errors on standard error. */
export function textReporter(streams: Streams): Reporter {
  let counters: ForwardCounters | undefined;
  const warnOfOthers = exposureWarning(streams.err);
  const warn = (line: string) => streams.err.write(`${line}\n`);
  return {
    notice(notice) {
      if (notice.type === 'stopped') counters = notice.counters;
      writeForwardText(notice, streams);
      if (notice.type === 'waiting') warn(`Waiting: ${notice.error.message}`);
      if (notice.type === 'reconnecting') warn(`${notice.error.message}${retryNotice(notice.delayMs)}`);
      if (notice.type === 'outage') warn(outageLine(notice));
      if (notice.type === 'failed') warn(`error: ${notice.error.message}`);
      if (notice.type !== 'ready') return;
      warnOfOthers(notice);
      if (!notice.isPodReady) warn(takenUnready(notice).message);
    },
    warning: (warning) => warn(warning.message),
    signInNeeded: (user, byEnter) => warn(signInLine(user, byEnter)),
    detached: (target, namesContext, names = []) =>
      streams.out.write(`${detachedLine(target, namesContext, names)}\n`),
    exchange: (exchange) => streams.out.write(`${exchangeLine(exchange)}\n`),
    stopped: (reason) => streams.out.write(`${stoppedLine(reason, counters)}\n`),
  };
}

/**
 * Prints one JSON object per line on standard output. The warning that other machines can reach the forward is a text
 * on standard error.
 */
export function jsonReporter({ out, err }: Streams, now: () => Date = () => new Date()): Reporter {
  let counters: ForwardCounters | undefined;
  const warnOfOthers = exposureWarning(err);
  const write = (event: string, fields: object = {}) => {
    out.write(`${jsonLine({ time: now().toISOString(), event, ...fields })}\n`);
  };
  return {
    notice(notice) {
      if (notice.type === 'stopped') counters = notice.counters;
      writeJsonEvent(notice, write);
      if (notice.type === 'ready') warnOfOthers(notice);
    },
    warning: (warning) => write('warning', errorFields(warning)),
    signInNeeded: (user) => write('signInNeeded', { user }),
    detached: (target) =>
      write('detached', {
        target: formatTarget(target),
        namespace: target.namespace,
        context: target.context.context,
      }),
    exchange: (exchange) => write('exchange', exchangeFields(exchange)),
    stopped: (reason) => write('stopped', { reason, ...counters }),
  };
}

/**
 * Returns a function that the reporter calls with each `ready` notice. The function prints a warning, only once, if
 * other machines can reach the local port.
 */
function exposureWarning(err: Writable): (ready: NoticeOf<'ready'>) => void {
  let hasWarned = false;
  return ({ addresses }) => {
    if (hasWarned) return;
    const open = addresses.map(({ address }) => address).filter((address) => !isLoopback(address));
    if (open.length === 0) return;
    hasWarned = true;
    const listed = [...new Set(open)].join(', ');
    err.write(
      `warning: other machines can connect to this forward: it listens on ${listed}, not only on localhost\n`,
    );
  };
}

function signInLine(user: string, byEnter: boolean): string {
  return byEnter
    ? `Press Enter to sign in as ${printable(user)} again`
    : `Sign in as ${printable(user)} with your own login command, then stop this command and start it again`;
}

function outageLine({ error, forMs, isServerSilent }: NoticeOf<'outage'>): string {
  const seconds = Math.round(forMs / 1000);
  return isServerSilent
    ? `The API server has not responded for ${seconds} s: ${error.message}`
    : `No connection for ${seconds} s: ${error.message}`;
}

function retryNotice(delayMs: number): string {
  return delayMs < SHORT_DELAY_MS ? '' : `; retrying in ${(delayMs / 1000).toFixed(1)} s`;
}

function writeJsonEvent(notice: ForwardNotice, write: (event: string, fields?: object) => void): void {
  switch (notice.type) {
    case 'starting':
    case 'noHalfClose':
      return write(notice.type);
    case 'ready':
      write('ready', {
        pod: { namespace: notice.pod.namespace, name: notice.pod.name },
        transport: notice.transport,
        addresses: notice.addresses,
      });
      if (!notice.isPodReady) write('warning', errorFields(takenUnready(notice)));
      return;
    case 'connection':
      return write('connection', { connection: notice.connection, ...notice.address });
    case 'connectionEnded': {
      const { type: _, error, address, ...fields } = notice;
      const failure = error === undefined ? {} : errorFields(error);
      return write(error === undefined ? 'connectionEnded' : 'connectionFailed', {
        ...fields,
        ...address,
        ...failure,
      });
    }
    case 'tunnelLost':
      return write('tunnelLost', errorFields(notice.error));
    case 'transportRefused':
      return write('transportRefused', { transport: notice.transport, ...errorFields(notice.error) });
    case 'waiting': {
      const { code, message: reason, arguments: args } = notice.error;
      return write('waiting', { reason, code, arguments: args });
    }
    case 'reconnecting':
      return write('reconnecting', { delayMs: Math.round(notice.delayMs), ...errorFields(notice.error) });
    case 'outage': {
      const { forMs, isServerSilent, error } = notice;
      return write('outage', { forMs: Math.round(forMs), isServerSilent, ...errorFields(error) });
    }
    case 'failed':
      return write('error', errorFields(notice.error));
    case 'bound':
    case 'podChosen':
    case 'podReady':
    case 'stopped':
  }
}

function takenUnready({ pod: { name } }: NoticeOf<'ready'>): CodedError {
  return new CodedError('POD_TAKEN_UNREADY', { name });
}

function errorFields(error: CodedError): { code: string; message: string; arguments: ErrorArguments } {
  return { code: error.code, message: error.message, arguments: error.arguments };
}

/**
 * Returns the line with the command that stops the forward. The command names the local ports or addresses of the
 * forward. If they are not known yet, the command names the target, spelled as `list` prints it (`service/web`), even
 * if the user wrote `svc/web`.
 */
function detachedLine(target: BackgroundTarget, namesContext: boolean, names: readonly string[]): string {
  const commands = 'Running in the background. Stop it with: kube-port-forward stop';
  // Names ports or addresses if possible, because the target may also match forwards that other terminals or windows
  // started.
  if (names.length > 0) return `${commands} ${names.map((name) => quoteWord(name)).join(' ')}`;
  const { namespace, context } = target;
  const contextOption = namesContext ? ` --context ${quoteWord(context.context)}` : '';
  return `${commands} ${targetWords(target)} -n ${namespace}${contextOption}`;
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
  return target.kind === 'selector' ? `-l ${quoteWord(target.name)}` : formatTarget(target);
}
