import type { CodedError } from '../base/errors.ts';
import type { ReconnectStep, SessionEffect, SessionModel, SessionState, Transition } from './state.ts';

/** The pure functions that transitions are made of. */

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
  return enter(model, { type: 'failed', error }, [{ type: 'release' }]);
}

export function wait(
  model: SessionModel,
  error: CodedError,
  delayMs: number,
  next: 'attempt' | 'probe',
): Transition {
  return enter(model, reconnecting(error, { type: 'waiting', next }), [{ type: 'setTimer', delayMs }]);
}

export function probe(
  model: SessionModel,
  error: CodedError,
  before: readonly SessionEffect[] = [],
): Transition {
  return enter(model, reconnecting(error, { type: 'probing' }), [...before, { type: 'probe' }]);
}

/** Begins the next attempt. A session that was never ready stays in `starting`. */
export function attempt(
  model: SessionModel,
  before: readonly SessionEffect[],
  error = model.state.type === 'reconnecting' ? model.state.error : undefined,
): Transition {
  const number = model.lastAttempt + 1;
  const next: SessionState =
    error === undefined
      ? { type: 'starting', attempt: number }
      : reconnecting(error, { type: 'attempting', attempt: number });
  const { wasConnected, hasBeenReady } = model;
  return enter({ ...model, lastAttempt: number }, next, [
    ...before,
    { type: 'attempt', attempt: number, isFirst: !wasConnected, hasBeenReady },
  ]);
}

/** Returns the effects that end whatever the state has under way. */
export function letGo({ state }: SessionModel): SessionEffect[] {
  const number = attemptOf(state);
  if (number !== undefined) return [{ type: 'cancel', attempt: number }];
  if (state.type !== 'reconnecting') return [];
  if (state.step.type === 'waiting') return [{ type: 'clearTimer' }];
  return state.step.type === 'probing' ? [{ type: 'stopProbe' }] : [];
}

/** Returns the number of the attempt whose events count, if there is one. */
export function attemptOf(state: SessionState): number | undefined {
  if (state.type === 'starting' || state.type === 'ready') return state.attempt;
  if (state.type !== 'reconnecting') return undefined;
  const { step } = state;
  return step.type === 'attempting' || step.type === 'unready' ? step.attempt : undefined;
}

export function stepOf({ state }: SessionModel): ReconnectStep | undefined {
  return state.type === 'reconnecting' ? state.step : undefined;
}

export function reconnecting(error: CodedError, step: ReconnectStep): SessionState {
  return { type: 'reconnecting', error, step };
}
