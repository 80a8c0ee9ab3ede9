import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { Emitter } from '../../../src/base/event.ts';
import type { NoticeOf } from '../../../src/kinds/forwardNotice.ts';
import { remindOfOutage } from '../../../src/session/outageReminder.ts';
import type { SessionState } from '../../../src/session/state.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { columns } from '../../support/fields.ts';

const error = new CodedError('UNREACHABLE', { server: 'https://api', reason: 'ECONNREFUSED' });
const silent: SessionState = { type: 'reconnecting', error, step: { type: 'probing' } };

class FakeSession {
  readonly #changed = new Emitter<SessionState>();
  readonly onDidChange = this.#changed.event;
  state: SessionState = { type: 'starting', attempt: 1 };

  set(state: SessionState): void {
    this.state = state;
    this.#changed.fire(state);
  }
}

test('an outage is reported every 30 s with its length and whether the server is silent, until it ends', () => {
  const clock = new FakeClock();
  const session = new FakeSession();
  const told: NoticeOf<'outage'>[] = [];
  const reminder = remindOfOutage(session, clock, (outage) => told.push(outage));
  clock.advance(60_000);
  assert.deepEqual(told, []);
  session.set(silent);
  clock.advance(10_000);
  session.set({ ...silent, step: { type: 'waiting', next: 'attempt' } });
  clock.advance(20_000);
  session.set(silent);
  clock.advance(30_000);
  assert.deepEqual(columns(told, 'forMs', 'isServerSilent'), [
    [30_000, false],
    [60_000, true],
  ]);
  session.set({ type: 'stopping' });
  assert.equal(clock.pending, 0);
  session.set(silent);
  reminder.dispose();
  assert.equal(clock.pending, 0);
});
