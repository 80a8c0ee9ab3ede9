import type { Writable } from 'node:stream';
import { type Clock, onAbort, systemClock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { OpenTapPlace } from '../portforward/connectionTap.ts';
import type { ForwardEvent } from '../portforward/events.ts';
import { writeForwardText } from '../portforward/forwardText.ts';
import type { SessionNotice } from './notices.ts';
import { type Outage, remindOfOutage } from './outageReminder.ts';
import type { ServerProbe, SessionTarget } from './ports.ts';
import { RestServerProbe } from './serverProbe.ts';
import { Session } from './session.ts';
import { SleepWatch } from './sleepWatch.ts';

/** All that a terminal's forward needs: what to reach, where to listen, whom to tell, and when to end. */
export interface KeepForwardingRequest {
  readonly target: SessionTarget;
  /** One for each remote port of the target, 0 for any that is free. */
  readonly localPorts: readonly number[];
  /** `localhost` (both loopbacks) and IP addresses of this machine; `localhost` alone where missing. */
  readonly addresses?: readonly string[];
  /** Ends the forward. */
  readonly stop: AbortSignal;
  /** Whether a forward that was lost is taken up again; true where missing. */
  readonly reconnects?: boolean;
  /** How long to wait for a pod at the start; 60 s where missing. Milliseconds. */
  readonly patienceMs?: number;
  readonly transport?: TransportName;
  /** Where the lines go that kubectl prints. They are not ended. */
  readonly streams?: { readonly out: Writable; readonly err: Writable };
  /** Called once, when traffic can pass, with what is listened on. */
  readonly ready?: (addresses: readonly BoundAddress[]) => void;
  /** Called for every step; `ready` comes again whenever traffic can pass again. */
  readonly onEvent?: (event: ForwardEvent) => void;
  /** Traffic cannot pass, or not to the pod that it went to; the next try is `delayMs` away. */
  readonly onReconnecting?: (error: CodedError, delayMs: number) => void;
  /** Traffic passes to a pod that is not ready. */
  readonly onWarning?: (warning: CodedError) => void;
  /** How long a target that is gone after it was reached is waited for; optional, default 10 minutes. 0: not at all. */
  readonly waitForTargetMs?: number;
  /** Called every 30 s while there is no connection. */
  readonly onOutage?: (outage: Outage) => void;
  /** Optional. Called for each connection that begins, for who looks on from the side. */
  readonly openTapPlace?: OpenTapPlace;
  readonly clock?: Clock;
  readonly probe?: ServerProbe;
}

/**
 * Forwards local TCP ports to a target until `request.stop` is aborted, then resolves; nothing is left behind either way.
 * The first failure before traffic could pass is final, and so is every one that retrying cannot mend.
 * @throws CodedError what `portForwardPod` and the target's `resolve` throw
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

/** Returns the engine's event for a session's notice, undefined for notices that the engine does not have. */
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
