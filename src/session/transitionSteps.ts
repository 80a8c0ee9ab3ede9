import type { CodedError } from '../base/errors.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { ReconnectStep, SessionEffect, SessionModel, SessionState, Transition } from './state.ts';

// The functions of this file are pure. `transition.ts` and `podTransition.ts` build their transitions from these
// functions.

/** Returns the transition to a new state. */
export function enter(
  model: SessionModel,
  state: SessionState,
  effects: readonly SessionEffect[] = [],
): Transition {
  return { model: { ...model, state }, effects };
}

export function stay(model: SessionModel): Transition {
  return { model, effects: [] };
}

export function fail(model: SessionModel, error: CodedError): Transition {
  return enter(model, { type: 'failed', error }, [
    noticeEffect({ type: 'failed', error }),
    { type: 'release' },
  ]);
}

export function wait(
  model: SessionModel,
  error: CodedError,
  delayMs: number,
  next: 'attempt' | 'probe',
): Transition {
  return reconnect(model, error, { type: 'waiting', next }, [{ type: 'setTimer', delayMs }], delayMs);
}

export function probe(
  model: SessionModel,
  error: CodedError,
  before: readonly SessionEffect[] = [],
): Transition {
  return reconnect(model, error, { type: 'probing' }, [...before, { type: 'probe' }]);
}

/**
 * Begins the next attempt. The new state is `reconnecting` if there is an error to show, otherwise `starting`.
 * @param before effects to perform before the attempt starts
 * @param error optional, default the error of the current state
 */
export function attempt(
  model: SessionModel,
  before: readonly SessionEffect[],
  error = model.state.type === 'reconnecting' ? model.state.error : undefined,
): Transition {
  const number = model.lastAttempt + 1;
  const { wasConnected, hasBeenReady } = model;
  const next = { ...model, lastAttempt: number };
  const effects = [
    ...before,
    { type: 'attempt', attempt: number, isFirst: !wasConnected, hasBeenReady } as const,
  ];
  if (error === undefined) return enter(next, { type: 'starting', attempt: number }, effects);
  return reconnect(next, error, { type: 'attempting', attempt: number }, effects);
}

/** Returns the effects that end the attempt, timer or probe of the current state. */
export function letGo({ state }: SessionModel): SessionEffect[] {
  const number = attemptOf(state);
  if (number !== undefined) return [{ type: 'cancel', attempt: number }];
  if (state.type !== 'reconnecting') return [];
  if (state.step.type === 'waiting') return [{ type: 'clearTimer' }];
  return state.step.type === 'probing' ? [{ type: 'stopProbe' }] : [];
}

/**
 * Returns the number of the current attempt, or undefined if there is none. The session ignores events of other
 * attempts.
 */
export function attemptOf(state: SessionState): number | undefined {
  if (state.type === 'starting' || state.type === 'ready') return state.attempt;
  if (state.type !== 'reconnecting') return undefined;
  const { step } = state;
  return step.type === 'attempting' || step.type === 'unready' ? step.attempt : undefined;
}

export function stepOf({ state }: SessionModel): ReconnectStep | undefined {
  return state.type === 'reconnecting' ? state.step : undefined;
}

/**
 * Returns when the current attempt was connected, whether or not its pod is Ready. If the current attempt is not
 * connected, returns a time that is infinitely long ago.
 */
export function connectedSince(model: SessionModel): number {
  const current = model.state.type === 'ready' ? model.state : stepOf(model);
  return current !== undefined && 'sinceMs' in current ? current.sinceMs : Number.NEGATIVE_INFINITY;
}

/**
 * Enters a step of the state `reconnecting`. Sends no notice if `error` is the same object as the error of the current
 * state, because that error has been reported already.
 */
export function reconnect(
  model: SessionModel,
  error: CodedError,
  step: ReconnectStep,
  effects: readonly SessionEffect[] = [],
  delayMs = 0,
): Transition {
  const { state, failures } = model;
  const isReported = state.type === 'reconnecting' && state.error === error;
  const notices = isReported
    ? []
    : [noticeEffect({ type: 'reconnecting', error, attempt: failures + 1, delayMs })];
  return enter(model, { type: 'reconnecting', error, step }, [...notices, ...effects]);
}

export function noticeEffect(notice: ForwardNotice): SessionEffect {
  return { type: 'notify', notice };
}
