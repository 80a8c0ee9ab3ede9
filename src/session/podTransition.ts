import { CodedError } from '../base/errors.ts';
import type { PodChange, SessionEvent, SessionModel, SessionRules, Transition } from './state.ts';
import {
  attempt,
  attemptOf,
  connectedSince,
  enter,
  fail,
  noticeEffect,
  stay,
  stepOf,
} from './transitionSteps.ts';

type PodEvent = Extract<SessionEvent, { readonly type: 'pod' }>;

/**
 * How long an attempt must be connected before a failed connection leads to a new attempt. Without this minimum, an
 * application that resets many connections would cause many attempts.
 */
const DOUBT_INTERVAL_MS = 10_000;

/** Returns how a session reacts to a change of the pod of its current attempt. A pure function. */
export function podChanged(model: SessionModel, event: PodEvent, rules: SessionRules): Transition {
  const { state } = model;
  if (attemptOf(state) !== event.attempt) return stay(model);
  if (!rules.reconnects) return podLost(model, event);
  // A session that does not wait for deleted targets keeps using a terminating pod until the pod is gone, as kubectl
  // does, because the target may have no other pod.
  if (rules.waitForTargetMs === 0 && event.change === 'terminating') return stay(model);
  const isEarly = event.nowMs - connectedSince(model) < DOUBT_INTERVAL_MS;
  if (event.change === 'doubtful' && isEarly) return stay(model);
  const step = stepOf(model);
  if (step?.type === 'unready') {
    if (event.change === 'ready') {
      const { attempt: number, pod, transport, sinceMs } = step;
      return enter(
        { ...model, hasBeenReady: true },
        { type: 'ready', attempt: number, pod, transport, isPodReady: true, sinceMs },
        [noticeEffect({ type: 'podReady', pod })],
      );
    }
    return isReasonToLeaveUnready(event.change) ? move(model, event) : stay(model);
  }
  if (state.type !== 'ready') return stay(model);
  if (event.change === 'ready') {
    if (state.isPodReady) return stay(model);
    const notices = [noticeEffect({ type: 'podReady', pod: state.pod })];
    return enter({ ...model, hasBeenReady: true }, { ...state, isPodReady: true }, notices);
  }
  return state.isPodReady || isReasonToLeaveUnready(event.change) ? move(model, event) : stay(model);
}

/**
 * Returns whether a session leaves a pod that is not Ready after this change of the pod. True if the pod ends, another
 * pod is Ready, the target has changed, or only a new attempt can find out why a connection failed.
 */
function isReasonToLeaveUnready(change: PodChange): boolean {
  return change !== 'unready' && change !== 'restarted';
}

/**
 * Handles a change of the pod of a session that does not reconnect: like kubectl, the session fails only when the pod
 * is gone. In particular, the session continues if the server refuses a new connection for lack of a login or
 * permission (`doubtful`): open connections continue, and new connections work again after the user has signed in.
 */
function podLost(model: SessionModel, { change, name }: PodEvent): Transition {
  if (change !== 'gone') return stay(model);
  const reason = podError('gone', name).message;
  return fail(model, new CodedError('LOST_CONNECTION', { name, reason }));
}

/** Starts an attempt that finds another pod for new connections. Open connections continue in the old attempt. */
function move(model: SessionModel, { attempt: number, change, name }: PodEvent): Transition {
  return attempt(model, [{ type: 'drain', attempt: number }], podError(change, name));
}

function podError(change: PodChange, name: string): CodedError {
  switch (change) {
    case 'ready':
    case 'unready':
    case 'superseded':
      return new CodedError('POD_NOT_READY', { name });
    case 'terminating':
      return new CodedError('POD_TERMINATING', { name });
    case 'restarted':
      return new CodedError('CONTAINER_RESTARTED', { name });
    case 'doubtful':
      return new CodedError('LOST_CONNECTION', { name, reason: 'a new connection failed' });
    case 'gone':
      return new CodedError('POD_GONE', { name });
    case 'unselected':
      return new CodedError('TARGET_CHANGED', { name });
  }
}
