import { randomUUID } from 'node:crypto';
import { type Clock, onAbort, systemClock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { WAIT_FOR_TARGET_MS } from '../kinds/forwardTimes.ts';
import { describeTarget, formatTarget } from '../kinds/target.ts';
import {
  type ForwardSnapshot,
  type ForwardSpecification,
  forwardsChanged,
  releaseForward,
  startForward,
} from '../rpc/forwardsContract.ts';
import type { Holder } from '../rpc/holdersContract.ts';
import { fromErrorInfo } from '../rpc/rpcErrors.ts';
import type { HostLink } from './hostLink.ts';
import { forwardSource, switchOnUnlessOn } from './loggedSources.ts';

export interface StartOptions {
  /** How long this command and the host wait for a running pod of the target, in milliseconds. */
  readonly podRunningTimeoutMs: number;
  /** Whether to turn on the request logs of the forwards. Optional, default false. */
  readonly logsExchanges?: boolean;
  /**
   * Called with the reason why local clients cannot connect to a pod yet, possibly several times with the same reason.
   */
  readonly onWaiting: (reason: CodedError) => void;
  readonly stop: AbortSignal;
  readonly clock?: Clock;
}

/**
 * A forward that this command has requested from the host. `holder` represents the command: when the command releases
 * it, the host stops the forward unless somebody else uses it.
 */
interface Start {
  readonly specification: ForwardSpecification;
  readonly holder: Holder;
  readonly answer: Promise<ForwardSnapshot>;
}

/**
 * How much longer than `podRunningTimeoutMs` the command waits for a forward that it started itself, in milliseconds.
 * The host needs this time to sign in and to open a tunnel. After this time, the command fails. Usually the host
 * answers earlier.
 */
const EXTRA_MS = 100_000;

/**
 * Starts forwards in the host one after the other, and waits until local clients can connect through each of them. If a
 * forward fails or the signal is aborted, releases all forwards of the command.
 * @throws CodedError the error with which the same forward would fail in this process; `STOPPED` if somebody else
 *   stopped a forward; `ALREADY_RUNNING` if somebody else's forward has other options; `HOST_LOST`;
 *   `FORWARD_NOT_READY`; the signal's reason when aborted
 */
export async function startInHost(
  host: HostLink,
  specifications: readonly ForwardSpecification[],
  options: StartOptions,
): Promise<readonly ForwardSnapshot[]> {
  const starts: Start[] = [];
  const forwards: ForwardSnapshot[] = [];
  try {
    for (const specification of specifications) {
      options.stop.throwIfAborted();
      const holder: Holder = { id: randomUUID(), kind: 'terminal' };
      const wanted = {
        ...specification,
        clientToken: holder.id,
        podRunningTimeoutMs: options.podRunningTimeoutMs,
        holder,
      };
      const start = { specification, holder, answer: host.request(startForward, wanted) };
      starts.push(start);
      forwards.push(await untilCarrying(host, start, options));
    }
    options.stop.throwIfAborted();
    // The requests that start the forwards do not turn on the logs: if the command then refused a forward of somebody
    // else, the log of that forward would stay on.
    if (options.logsExchanges === true)
      for (const forward of forwards) await switchOnUnlessOn(host, forwardSource(forward));
    return forwards;
  } catch (error) {
    // Ignores an error of `letGo`, so that the command reports the error that occurred first. If the host has ended,
    // nothing needs to be released.
    await letGo(host, starts).catch(() => {});
    throw error;
  }
}

function untilCarrying(host: HostLink, start: Start, options: StartOptions): Promise<ForwardSnapshot> {
  const { stop, onWaiting } = options;
  const { id: clientToken } = start.holder;
  const owned = new DisposableStore();
  let last: ForwardSnapshot | undefined;
  return new Promise<ForwardSnapshot>((resolve, reject) => {
    const check = (forward: ForwardSnapshot) => {
      last = forward;
      const difference = differenceOf(start.specification, forward);
      if (difference !== undefined) return reject(difference);
      const outlook = outlookOf(forward, clientToken);
      if (outlook.type === 'carries') resolve(forward);
      else if (outlook.type === 'over') reject(outlook.error);
      else if (outlook.reason !== undefined) onWaiting(outlook.reason);
    };
    owned.add(
      host.onNotification(forwardsChanged, (forwards) => {
        const found = forwards.find(({ id, specification }) =>
          last === undefined ? specification.clientToken === clientToken : id === last.id,
        );
        if (found !== undefined) check(found);
        else if (last !== undefined) reject(new CodedError('STOPPED'));
      }),
    );
    owned.add(host.onDidClose(() => reject(new CodedError('HOST_LOST'))));
    owned.add(onAbort(stop, () => reject(stop.reason)));
    limit(start, options, owned, () => last, reject);
    start.answer.then(check, reject);
  }).finally(() => owned.dispose());
}

/**
 * Calls `reject` if a forward is not ready in time. A forward of somebody else must be ready within
 * `podRunningTimeoutMs`. A forward that this command started gets {@link EXTRA_MS} more: the host itself stops waiting
 * for a pod after `podRunningTimeoutMs`, and its error says more than the error of this command.
 */
function limit(
  { specification, holder: { id: clientToken } }: Start,
  { podRunningTimeoutMs, clock = systemClock }: StartOptions,
  owned: DisposableStore,
  last: () => ForwardSnapshot | undefined,
  reject: (error: CodedError) => void,
): void {
  const giveUp = () => {
    const state = last()?.state;
    if (state !== undefined && 'error' in state && state.error !== undefined)
      return reject(fromErrorInfo(state.error));
    const args = { target: describeTarget(specification.target), seconds: podRunningTimeoutMs / 1_000 };
    reject(new CodedError('FORWARD_NOT_READY', args));
  };
  owned.add(
    clock.setTimer(podRunningTimeoutMs, () => {
      const isOfOther = (last()?.specification.clientToken ?? clientToken) !== clientToken;
      if (isOfOther) giveUp();
      else owned.add(clock.setTimer(EXTRA_MS, giveUp));
    }),
  );
}

/**
 * Returns an error if a forward of somebody else does not have an option of this command; otherwise undefined. The host
 * does not check these options, because windows with different settings share forwards. But a user who types an option
 * relies on it, so the command must not use such a forward.
 */
function differenceOf(
  wanted: ForwardSpecification,
  { specification: found, localPort }: ForwardSnapshot,
): CodedError | undefined {
  const name = `the forward to ${formatTarget(found.target)}`;
  const on = localPort === undefined ? '' : `on port ${localPort} `;
  const differs = (difference: string, option: string) =>
    new CodedError('ALREADY_RUNNING', { name, difference: `${on}${difference}`, option });
  if (wanted.requiresReady === true && found.requiresReady !== true) {
    return differs('without --require-ready', '--require-ready');
  }
  const { waitForTargetMs = WAIT_FOR_TARGET_MS } = found;
  return (wanted.waitForTargetMs ?? waitForTargetMs) === waitForTargetMs
    ? undefined
    : differs('with another --wait-for-target', '--wait-for-target');
}

type Outlook =
  | { readonly type: 'carries' }
  | { readonly type: 'waits'; readonly reason: CodedError | undefined }
  | { readonly type: 'over'; readonly error: CodedError };

function outlookOf({ state, specification }: ForwardSnapshot, clientToken: string): Outlook {
  switch (state.type) {
    case 'ready':
      return { type: 'carries' };
    case 'starting':
    case 'reconnecting': {
      // With a tunnel (a connection to the pod), local clients can use the forward even if the pod is not Ready: the
      // program in the pod may still answer. A command without `--detach` behaves in the same way.
      if (state.type === 'reconnecting' && state.tunnel !== undefined) return { type: 'carries' };
      if (state.error === undefined) {
        const waiting = state.type === 'starting' ? state.waiting : undefined;
        return { type: 'waits', reason: waiting && fromErrorInfo(waiting) };
      }
      const error = fromErrorInfo(state.error);
      // If this command started the forward, the first failure ends the command, as without `--detach`. If someone else
      // started the forward, the command waits, because that forward keeps trying to connect.
      const isNew = specification.clientToken === clientToken;
      return isNew ? { type: 'over', error } : { type: 'waits', reason: error };
    }
    case 'failed':
      return { type: 'over', error: fromErrorInfo(state.error) };
    case 'stopping':
    case 'stopped':
      return { type: 'over', error: new CodedError('STOPPED') };
  }
}

/** Releases the holders by which this command uses the forwards. The host stops the forwards that nobody else uses. */
async function letGo(host: HostLink, starts: readonly Start[]): Promise<void> {
  await Promise.all(starts.map(({ holder }) => host.request(releaseForward, { holder: holder.id })));
}
