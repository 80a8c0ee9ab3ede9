import { CodedError } from '../base/errors.ts';
import { remedyFor } from './retry.ts';
import type {
  PodChange,
  ReconnectStep,
  SessionEffect,
  SessionEvent,
  SessionModel,
  SessionRules,
  SessionState,
  Transition,
} from './state.ts';

/** Traffic that passed for less is no success: a server may agree and hang up again and again. */
const STABLE_MS = 1_000;
/** The longest pause before a server that does agree is asked again. */
const MAX_UNSTABLE_DELAY_MS = 2_000;

/** The first state, with the first attempt under way. */
export function beginSession(rules: SessionRules): Transition {
  const model: SessionModel = {
    state: { type: 'starting', attempt: 1 },
    backoff: rules.backoff,
    unstable: rules.backoff,
    lastAttempt: 1,
    failures: 0,
    wasConnected: false,
  };
  return { model, effects: [{ type: 'attempt', attempt: 1 }] };
}

/** What a session does about an event: its next state, and what has to be done for it. Pure. */
export function transition(model: SessionModel, event: SessionEvent, rules: SessionRules): Transition {
  if (model.state.type === 'stopping') {
    return event.type === 'closed' ? enter(model, { type: 'stopped' }) : stay(model);
  }
  if (model.state.type === 'stopped') return stay(model);
  switch (event.type) {
    case 'connected':
      return connected(model, event, rules);
    case 'ended':
      return ended(model, event, rules);
    case 'pod':
      return rules.reconnects ? podChanged(model, event) : podLost(model, event);
    case 'readyPodSeen':
    case 'timer':
      return resume(model, event.type);
    case 'reachable':
      return stepOf(model)?.type === 'probing' ? attempt(model, [{ type: 'stopProbe' }]) : stay(model);
    case 'unreachable':
      return stepOf(model)?.type === 'probing'
        ? enter(model, { type: 'reconnecting', error: event.error, step: { type: 'probing' } })
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
  const { attempt: number, pod, transport } = event;
  const next = { ...model, backoff: rules.backoff, failures: 0, wasConnected: true };
  if (event.isPodReady) return becomeReady(next, event, event.nowMs);
  return enter(next, {
    type: 'reconnecting',
    error: new CodedError('POD_NOT_READY', { name: pod.name }),
    step: { type: 'unready', attempt: number, pod, transport },
  });
}

function becomeReady(
  model: SessionModel,
  { attempt: number, pod, transport }: Pick<EventOf<'connected'>, 'attempt' | 'pod' | 'transport'>,
  sinceMs: number,
): Transition {
  return enter(model, { type: 'ready', attempt: number, pod, transport, sinceMs });
}

function ended(model: SessionModel, event: EventOf<'ended'>, rules: SessionRules): Transition {
  const { state, wasConnected } = model;
  if (attemptOf(state) !== event.attempt) return stay(model);
  const { error, phase } = event;
  const previous = state.type === 'reconnecting' ? state.error : undefined;
  const mayRetry = wasConnected ? rules.reconnects : rules.retriesFirstAttempt;
  const remedy = remedyFor({ error, phase, wasConnected, previous });
  if (!mayRetry || remedy === 'fail') return fail(model, error);
  if (phase === 'connected') return lost(model, event, rules);
  const next = { ...model, failures: model.failures + 1, backoff: model.backoff.next() };
  return wait(next, error, model.backoff.delayMs, remedy === 'probe' ? 'probe' : 'attempt');
}

/** At once where it had lasted; a server that hangs up each time is asked less often. */
function lost(model: SessionModel, { error, nowMs }: EventOf<'ended'>, rules: SessionRules): Transition {
  const { state } = model;
  const isStable = state.type !== 'ready' || nowMs - state.sinceMs >= STABLE_MS;
  if (isStable) return probe({ ...model, unstable: rules.backoff }, error);
  const delayMs = Math.min(model.unstable.delayMs, MAX_UNSTABLE_DELAY_MS);
  return wait({ ...model, unstable: model.unstable.next() }, error, delayMs, 'probe');
}

function podChanged(model: SessionModel, event: EventOf<'pod'>): Transition {
  const { state } = model;
  const step = stepOf(model);
  if (attemptOf(state) !== event.attempt) return stay(model);
  if (step?.type === 'unready') {
    if (event.change === 'ready') return becomeReady(model, step, event.nowMs);
    return event.change === 'terminating' || event.change === 'gone' ? move(model, event) : stay(model);
  }
  return state.type === 'ready' && event.change !== 'ready' ? move(model, event) : stay(model);
}

/** Without reconnecting a pod that is gone ends the forward, as kubectl's does: nothing can pass any more. */
function podLost(model: SessionModel, event: EventOf<'pod'>): Transition {
  const { type } = model.state;
  const isOver = event.change === 'gone' && attemptOf(model.state) === event.attempt;
  if (!isOver || type === 'failed' || type === 'stopping') return stay(model);
  const reason = podError('gone', event.name).message;
  return fail(model, new CodedError('LOST_CONNECTION', { name: event.name, reason }));
}

/** To whichever pod is to be had now; what is open on the old one may go on. */
function move(model: SessionModel, { attempt: number, change, name }: EventOf<'pod'>): Transition {
  const error = podError(change, name);
  return attempt(model, [{ type: 'drain', attempt: number }], error);
}

function podError(change: PodChange, name: string): CodedError {
  switch (change) {
    case 'ready':
    case 'unready':
      return new CodedError('POD_NOT_READY', { name });
    case 'terminating':
      return new CodedError('POD_TERMINATING', { name });
    case 'restarted':
      return new CodedError('CONTAINER_RESTARTED', { name });
    case 'gone':
      return new CodedError('POD_GONE', { name });
  }
}

function resume(model: SessionModel, cause: 'readyPodSeen' | 'timer'): Transition {
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
  // What is open may have lived through a short sleep: its tunnel's own heartbeat tells.
  if (state.type === 'ready') return probe(model, error, [{ type: 'drain', attempt: state.attempt }]);
  if (state.type !== 'reconnecting') return stay(model);
  const { step } = state;
  if (step.type === 'unready') return probe(model, error, [{ type: 'drain', attempt: step.attempt }]);
  return probe(model, state.error, letGo(model));
}

function retry(model: SessionModel, rules: SessionRules): Transition {
  if (model.state.type === 'starting') return stay(model);
  const { backoff } = rules;
  const fresh = { ...model, backoff, unstable: backoff, failures: 0, wasConnected: false };
  const lastAttempt = model.lastAttempt + 1;
  return {
    model: { ...fresh, lastAttempt, state: { type: 'starting', attempt: lastAttempt } },
    effects: [...letGo(model), { type: 'attempt', attempt: lastAttempt }],
  };
}

function fail(model: SessionModel, error: CodedError): Transition {
  return enter(model, { type: 'failed', error }, [{ type: 'release' }]);
}

function wait(
  model: SessionModel,
  error: CodedError,
  delayMs: number,
  next: 'attempt' | 'probe',
): Transition {
  return enter(model, reconnecting(error, { type: 'waiting', next }), [{ type: 'setTimer', delayMs }]);
}

function probe(model: SessionModel, error: CodedError, before: readonly SessionEffect[] = []): Transition {
  return enter(model, reconnecting(error, { type: 'probing' }), [...before, { type: 'probe' }]);
}

/** Begins the next attempt; a session that was never ready is still starting. */
function attempt(
  model: SessionModel,
  before: readonly SessionEffect[],
  error = model.state.type === 'reconnecting' ? model.state.error : undefined,
): Transition {
  const number = model.lastAttempt + 1;
  const next: SessionState =
    error === undefined
      ? { type: 'starting', attempt: number }
      : reconnecting(error, { type: 'attempting', attempt: number });
  return enter({ ...model, lastAttempt: number }, next, [...before, { type: 'attempt', attempt: number }]);
}

/** Ends what the state has under way. */
function letGo({ state }: SessionModel): SessionEffect[] {
  const number = attemptOf(state);
  if (number !== undefined) return [{ type: 'cancel', attempt: number }];
  if (state.type !== 'reconnecting') return [];
  if (state.step.type === 'waiting') return [{ type: 'clearTimer' }];
  return state.step.type === 'probing' ? [{ type: 'stopProbe' }] : [];
}

function attemptOf(state: SessionState): number | undefined {
  if (state.type === 'starting' || state.type === 'ready') return state.attempt;
  if (state.type !== 'reconnecting') return undefined;
  const { step } = state;
  return step.type === 'attempting' || step.type === 'unready' ? step.attempt : undefined;
}

function stepOf({ state }: SessionModel): ReconnectStep | undefined {
  return state.type === 'reconnecting' ? state.step : undefined;
}

function reconnecting(error: CodedError, step: ReconnectStep): SessionState {
  return { type: 'reconnecting', error, step };
}

function enter(model: SessionModel, state: SessionState, effects: readonly SessionEffect[] = []): Transition {
  return { model: { ...model, state }, effects };
}

function stay(model: SessionModel): Transition {
  return { model, effects: [] };
}
