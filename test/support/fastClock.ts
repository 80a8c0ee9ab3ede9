import { type Clock, systemClock } from '../../src/base/async.ts';

/** The real clock, so many times faster: seconds of patience pass in tenths. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now() * factor,
    setTimer: (delayMs, callback) => systemClock.setTimer(delayMs / factor, callback),
  };
}
