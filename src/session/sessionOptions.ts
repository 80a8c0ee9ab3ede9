import { type Clock, systemClock } from '../base/async.ts';
import { exponentialBackoff } from '../base/backoff.ts';
import type { Event } from '../base/event.ts';
import { POD_RUNNING_TIMEOUT_MS, WAIT_FOR_TARGET_MS } from '../kinds/forwardTimes.ts';
import { forwardPod } from '../portforward/forwardPod.ts';
import type { ConnectionHandler } from '../portforward/listener.ts';
import type { EngineRequest } from '../portforward/request.ts';
import type { ListenOptions } from './bindLocalPorts.ts';
import type { ServerProbe, SessionTarget } from './ports.ts';
import type { SessionRules } from './state.ts';

/** The type of {@link forwardPod}, which forwards to one pod. Tests pass a fake instead. */
export type ForwardPod = (request: EngineRequest) => Promise<void>;

/**
 * The options of a session. Classes such as `EffectRunner` and `Attempt` receive this type too, so that each option is
 * declared only once.
 */
export interface SessionOptions extends Partial<Omit<SessionRules, 'backoff'>> {
  readonly target: SessionTarget;
  /** The addresses and ports to listen on. Optional, default none: all connections then come from `Session.accept`. */
  readonly listen?: ListenOptions;
  /**
   * Receives the connections that still wait when the session fails or stops. Optional, default: these connections are
   * reset.
   */
  readonly onTurnedAway?: ConnectionHandler;
  readonly transport?: EngineRequest['transport'] | undefined;
  readonly createTapOwner?: EngineRequest['createTapOwner'] | undefined;
  /** How long a connection may wait for a pod before it is reset. Optional, default 10 s. */
  readonly waitLimitMs?: number;
  /**
   * How long each attempt waits for a pod before the attempt fails, until the session is connected for the first time.
   * Optional, default 60 s.
   */
  readonly podRunningTimeoutMs?: number;
  readonly probe: ServerProbe;
  /**
   * Fires when the machine wakes from sleep. The session then reconnects (if `reconnects` is true), because its tunnels
   * may be lost. Optional.
   */
  readonly onDidWake?: Event<void>;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** The function that forwards to one pod. Optional, default {@link forwardPod}; tests pass a fake instead. */
  readonly forwardPod?: ForwardPod;
}

/** The options with their defaults. */
export type SessionSettings = SessionOptions &
  SessionRules &
  Required<Pick<SessionOptions, 'clock' | 'forwardPod' | 'waitLimitMs' | 'podRunningTimeoutMs'>>;

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const WAIT_LIMIT_MS = 10_000;

export function withDefaults(options: SessionOptions): SessionSettings {
  const { random = Math.random } = options;
  return {
    ...options,
    reconnects: options.reconnects ?? true,
    retriesFirstAttempt: options.retriesFirstAttempt ?? true,
    waitForTargetMs: options.waitForTargetMs ?? WAIT_FOR_TARGET_MS,
    waitLimitMs: options.waitLimitMs ?? WAIT_LIMIT_MS,
    podRunningTimeoutMs: options.podRunningTimeoutMs ?? POD_RUNNING_TIMEOUT_MS,
    clock: options.clock ?? systemClock,
    forwardPod: options.forwardPod ?? forwardPod,
    backoff: exponentialBackoff({ firstMs: FIRST_DELAY_MS, maxMs: MAX_DELAY_MS, random }),
  };
}
