import type { Writable } from 'node:stream';
import { type Clock, onAbort, systemClock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { OpenTapPlace } from '../portforward/connectionTap.ts';
import type { ForwardEvent } from '../portforward/events.ts';
import { writeForwardText } from '../portforward/forwardText.ts';
import type { ForwardPod } from './attempt.ts';
import type { SessionNotice } from './notices.ts';
import { type Outage, remindOfOutage } from './outageReminder.ts';
import type { ServerProbe, SessionTarget } from './ports.ts';
import { RestServerProbe } from './serverProbe.ts';
import { Session } from './session.ts';
import { SleepWatch } from './sleepWatch.ts';

/** The request of a terminal's forward: target, local ports, callbacks and stop signal. */
export interface KeepForwardingRequest {
  readonly target: SessionTarget;
  /** One for each remote port of the target. 0: any free port. */
  readonly localPorts: readonly number[];
  /** `localhost` (both loopbacks) and IP addresses of this machine. Optional, default `localhost`. */
  readonly addresses?: readonly string[];
  /** Ends the forward. */
  readonly stop: AbortSignal;
  /** Whether the forward reconnects after it lost its pod or server. Optional, default true. */
  readonly reconnects?: boolean;
  /** How long to wait for a pod at the start. Optional, default 60 s. */
  readonly patienceMs?: number;
  readonly transport?: TransportName;
  /** The streams for the lines that kubectl prints. They stay open. */
  readonly streams?: { readonly out: Writable; readonly err: Writable };
  /** Called once with the local addresses when traffic can pass. */
  readonly ready?: (addresses: readonly BoundAddress[]) => void;
  /** Called at each step. `ready` comes again after each reconnection. */
  readonly onEvent?: (event: ForwardEvent) => void;
  /** The pod was lost or replaced; the forward retries in `delayMs`. */
  readonly onReconnecting?: (error: CodedError, delayMs: number) => void;
  /** Traffic passes to a pod that is not Ready. */
  readonly onWarning?: (warning: CodedError) => void;
  /** How long to wait for a target that is deleted after it was reached. Optional, default 10 minutes. 0: not at all. */
  readonly waitForTargetMs?: number;
  /** Called every 30 s while there is no connection. */
  readonly onOutage?: (outage: Outage) => void;
  /** Called for each connection that begins, to watch it from the side. Optional. */
  readonly openTapPlace?: OpenTapPlace;
  /** Optional, default `portForwardPod`. */
  readonly forwardPod?: ForwardPod;
  readonly clock?: Clock;
  readonly probe?: ServerProbe;
}

/**
 * Forwards local TCP ports to a target. Resolves once `request.stop` is aborted and nothing is left behind; a rejection leaves
 * nothing behind either. A failure before traffic has passed is final, and so is one that retrying cannot mend.
 * @throws CodedError the errors of `portForwardPod` and of the target's `resolve`
 */
export async function keepForwarding(request: KeepForwardingRequest): Promise<void> {
  if (request.stop.aborted) return;
  const { stop, clock = systemClock, localPorts, addresses = ['localhost'] } = request;
  const owned = new DisposableStore();
  const sleep = owned.add(new SleepWatch(clock, Date.now));
  const session = new Session({
    ...request,
    listen: { addresses, localPorts: localPorts.map((port) => ({ mode: 'exact', port })) },
    retriesFirstAttempt: false,
    probe: request.probe ?? new RestServerProbe(clock),
    onDidWake: sleep.onDidWake,
    clock,
  });
  if (request.onOutage !== undefined) owned.add(remindOfOutage(session, clock, request.onOutage));
  try {
    await untilOver(session, request, owned, stop);
  } finally {
    await session.stop();
    owned.dispose();
  }
}

function untilOver(
  session: Session,
  request: KeepForwardingRequest,
  owned: DisposableStore,
  stop: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    owned.add(session.onDidNotice((notice) => report(notice, request)));
    owned.add(
      session.onDidChange((state) => {
        if (state.type === 'failed') reject(state.error);
      }),
    );
    owned.add(onAbort(stop, resolve));
  });
}

function report(notice: SessionNotice, request: KeepForwardingRequest): void {
  if (notice.type === 'reconnecting') return request.onReconnecting?.(notice.error, notice.delayMs);
  if (notice.type === 'connected' && notice.isFirst) request.ready?.(notice.addresses);
  const event = toForwardEvent(notice);
  if (event === undefined) return;
  if (request.streams !== undefined) writeForwardText(event, request.streams);
  request.onEvent?.(event);
  if (notice.type !== 'connected' || notice.isPodReady) return;
  request.onWarning?.(new CodedError('POD_TAKEN_UNREADY', { name: notice.pod.name }));
}

/** Returns the engine's event for a session's notice, or undefined if the engine has no such event. */
export function toForwardEvent(notice: SessionNotice): ForwardEvent | undefined {
  switch (notice.type) {
    case 'connected':
      return { type: 'ready', pod: notice.pod, transport: notice.transport, addresses: notice.addresses };
    case 'bound':
    case 'podChosen':
    case 'podReady':
    case 'reconnecting':
    case 'failed':
      return undefined;
    default:
      return notice;
  }
}
