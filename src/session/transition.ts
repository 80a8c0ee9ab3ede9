import { CodedError } from '../base/errors.ts';
import { podChanged } from './podTransition.ts';
import { isSameError, remedyFor, waitingFor } from './retry.ts';
import type {
  Deadline,
  SessionEffect,
  SessionEvent,
  SessionModel,
  SessionRules,
  Transition,
} from './state.ts';
import {
  attempt,
  attemptOf,
  connectedSince,
  enter,
  fail,
  letGo,
  noticeEffect,
  probe,
  reconnect,
  stay,
  stepOf,
  wait,
} from './transitionSteps.ts';

/**
 * A tunnel that is lost sooner than this counts as unstable, and the session then pauses before it reconnects. The
 * pause is needed because a server may accept connections and close each connection at once.
 */
const STABLE_MS = 1_000;
/** The longest pause before the session reconnects after it has lost an unstable tunnel. */
const MAX_UNSTABLE_DELAY_MS = 2_000;
/**
 * While the server forbids something that it allowed before, the session retries for this long after the server first
 * forbade it: the permission may have been removed by mistake. After this time, the session fails.
 */
const FORBIDDEN_LIMIT_MS = 600_000;

/** Returns the first state of a session, and the effects that start its first attempt. */
export function beginSession(rules: SessionRules): Transition {
  const model: SessionModel = {
    state: { type: 'starting', attempt: 1 },
    backoff: rules.backoff,
    unstable: rules.backoff,
    lastAttempt: 1,
    failures: 0,
    wasConnected: false,
    hasBeenReady: false,
  };
  return {
    model,
    effects: [
      noticeEffect({ type: 'starting' }),
      { type: 'attempt', attempt: 1, isFirst: true, hasBeenReady: false },
    ],
  };
}

/** Returns the next state of a session after an event, and the effects to perform. A pure function. */
export function transition(model: SessionModel, event: SessionEvent, rules: SessionRules): Transition {
  if (model.state.type === 'stopping') {
    if (event.type !== 'closed') return stay(model);
    return enter(model, { type: 'stopped' }, [noticeEffect({ type: 'stopped', counters: event.counters })]);
  }
  if (model.state.type === 'stopped') return stay(model);
  switch (event.type) {
    case 'connected':
      return connected(model, event, rules);
    case 'ended':
      return ended(model, event, rules);
    case 'pod':
      return podChanged(model, event, rules);
    case 'targetSeen':
    case 'timer':
      return resume(model, event.type);
    case 'reachable':
      return stepOf(model)?.type === 'probing' ? attempt(model, [{ type: 'stopProbe' }]) : stay(model);
    case 'unreachable':
      return stepOf(model)?.type === 'probing'
        ? reconnect(model, event.error, { type: 'probing' })
        : stay(model);
    case 'woke':
      return rules.reconnects ? woke(model) : stay(model);
    case 'retry':
      return retry(model, rules);
    case 'stop':
      return enter(model, { type: 'stopping' }, [...letGo(model), { type: 'close' }]);
    case 'closed':
      return stay(model);
  }
}

type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { readonly type: T }>;

function connected(model: SessionModel, event: EventOf<'connected'>, rules: SessionRules): Transition {
  const { state } = model;
  const isExpected = state.type === 'starting' || stepOf(model)?.type === 'attempting';
  if (!isExpected || attemptOf(state) !== event.attempt) return stay(model);
  const { attempt: number, pod, transport, addresses, isPodReady, nowMs } = event;
  const { hasBeenReady, wasConnected } = model;
  const notices = [
    noticeEffect({ type: 'ready', pod, transport, addresses, isPodReady, isFirst: !wasConnected }),
  ];
  const next: SessionModel = {
    ...model,
    backoff: rules.backoff,
    failures: 0,
    wasConnected: true,
    hasBeenReady: hasBeenReady || isPodReady,
    deadline: undefined,
  };
  // If the target never had a Ready pod, it may never get one, so a pod that is not Ready is good enough.
  if (isPodReady || !hasBeenReady) {
    return enter(
      next,
      { type: 'ready', attempt: number, pod, transport, isPodReady, sinceMs: nowMs },
      notices,
    );
  }
  const step = { type: 'unready', attempt: number, pod, transport, sinceMs: nowMs } as const;
  const error = new CodedError('POD_NOT_READY', { name: pod.name });
  return enter(next, { type: 'reconnecting', error, step }, notices);
}

function ended(model: SessionModel, event: EventOf<'ended'>, rules: SessionRules): Transition {
  const { state, wasConnected } = model;
  if (attemptOf(state) !== event.attempt) return stay(model);
  const { error, phase, isUnread } = event;
  const mayRetry = wasConnected ? rules.reconnects : rules.retriesFirstAttempt;
  const remedy = remedyFor({ error, phase, isUnread, wasConnected });
  if (!mayRetry || remedy === 'fail') return fail(model, error);
  if (phase === 'connected') return lost(model, event, rules);
  switch (remedy) {
    case 'waitForTarget':
      return waitUntil(model, event, 'gone', rules.waitForTargetMs);
    case 'waitForPermission':
      return waitUntil(model, event, 'forbidden', FORBIDDEN_LIMIT_MS);
    case 'wait':
      return waitAndRetry({ ...model, deadline: undefined }, error, model.backoff.delayMs, 'attempt');
    case 'waitForCredentials':
      return waitAndRetry(model, reasonFor(model, error), model.backoff.delayMs, 'attempt');
    case 'probe':
      return waitAndRetry(model, error, model.backoff.delayMs, 'probe');
  }
}

/**
 * Schedules the next attempt after the usual delay, but not later than the deadline, which is `limitMs` after the
 * problem was first seen. If the deadline has passed, the session fails.
 */
function waitUntil(
  model: SessionModel,
  { error, nowMs }: EventOf<'ended'>,
  reason: Deadline['reason'],
  limitMs: number,
): Transition {
  const isSame = model.deadline?.reason === reason;
  const deadline = isSame ? model.deadline : { reason, atMs: nowMs + limitMs };
  const leftMs = deadline.atMs - nowMs;
  if (leftMs <= 0) return fail(model, error);
  const problem = reason === 'gone' ? waitingFor(error) : error;
  const delayMs = Math.min(model.backoff.delayMs, leftMs);
  return waitAndRetry({ ...model, deadline }, reasonFor(model, problem), delayMs, 'attempt');
}

function waitAndRetry(
  model: SessionModel,
  error: CodedError,
  delayMs: number,
  next: 'attempt' | 'probe',
): Transition {
  const { failures, backoff } = model;
  return wait({ ...model, failures: failures + 1, backoff: backoff.next() }, error, delayMs, next);
}

/**
 * If the new error equals the error of the current state, returns the error object of the current state, because
 * {@link reconnect} does not report the same object again. Otherwise returns the new error.
 */
function reasonFor({ state }: SessionModel, error: CodedError): CodedError {
  return state.type === 'reconnecting' && isSameError(state.error, error) ? state.error : error;
}

/** Handles a lost tunnel: reconnects at once if the tunnel was stable, otherwise after a pause that gets longer. */
function lost(model: SessionModel, { error, nowMs }: EventOf<'ended'>, rules: SessionRules): Transition {
  const isStable = nowMs - connectedSince(model) >= STABLE_MS;
  if (isStable) return probe({ ...model, unstable: rules.backoff }, error);
  const delayMs = Math.min(model.unstable.delayMs, MAX_UNSTABLE_DELAY_MS);
  return wait({ ...model, unstable: model.unstable.next() }, error, delayMs, 'probe');
}

function resume(model: SessionModel, cause: 'targetSeen' | 'timer'): Transition {
  const { state } = model;
  if (state.type !== 'reconnecting' || state.step.type !== 'waiting') return stay(model);
  const clear: SessionEffect[] = [{ type: 'clearTimer' }];
  const mustProbe = cause === 'timer' && state.step.next === 'probe';
  return mustProbe ? probe(model, state.error, clear) : attempt(model, clear);
}

function woke(model: SessionModel): Transition {
  const { state } = model;
  const error = new CodedError('MACHINE_SLEPT');
  if (state.type === 'starting') return attempt(model, [{ type: 'cancel', attempt: state.attempt }]);
  // Open connections may have survived a short sleep. So the attempt drains instead of being canceled: its connections
  // continue until they end, or until a ping through the tunnel gets no answer.
  if (state.type === 'ready') return probe(model, error, [{ type: 'drain', attempt: state.attempt }]);
  if (state.type !== 'reconnecting') return stay(model);
  const { step } = state;
  if (step.type === 'unready') return probe(model, error, [{ type: 'drain', attempt: step.attempt }]);
  return probe(model, state.error, letGo(model));
}

function retry(model: SessionModel, rules: SessionRules): Transition {
  if (model.state.type === 'starting') return stay(model);
  const { backoff } = rules;
  const fresh: SessionModel = {
    state: { type: 'starting', attempt: model.lastAttempt },
    lastAttempt: model.lastAttempt,
    backoff,
    unstable: backoff,
    failures: 0,
    wasConnected: false,
    hasBeenReady: false,
  };
  return attempt(fresh, letGo(model));
}
