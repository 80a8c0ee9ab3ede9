import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CodedError, isCoded } from '../../../src/base/errors.ts';
import { watchHeartbeat } from '../../../src/portforward/heartbeat.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeTunnel } from '../../support/fakeTunnel.ts';
import { recorded } from '../../support/observed.ts';
import { settle } from '../../support/spdyBytes.ts';

interface Watch extends Disposable {
  readonly clock: FakeClock;
  readonly tunnel: FakeTunnel;
  readonly lost: (CodedError | undefined)[];
  /** Answers all pending pings. */
  answer(): Promise<void>;
}

function watch(): Watch {
  const clock = new FakeClock();
  const tunnel = new FakeTunnel();
  const lost = recorded(tunnel.onDidClose);
  const heartbeat = watchHeartbeat(tunnel, clock);
  return {
    clock,
    tunnel,
    lost,
    async answer() {
      for (const ping of tunnel.pings.splice(0)) ping.resolve(1);
      await settle();
    },
    [Symbol.dispose]() {
      heartbeat.dispose();
      assert.equal(clock.pending, 0);
    },
  };
}

/**
 * A test title, and steps. A number lets milliseconds pass. `answer`, `pause` and other words are actions. `pings=1`
 * and `lost=0` state how many pings wait for an answer, and how often the tunnel was lost.
 */
const CASES = {
  'a heartbeat pings every 5 s, one ping at a time': `${'4999 pings=0 1 pings=1 answer '.repeat(5)}lost=0`,
  'a late answer counts': '9999 answer 5000 pings=1 lost=0',
  'a paused tunnel gets no ping, and gets one when it moves':
    'pause 600000 pings=0 resume 5000 pings=1 5000 lost=1',
  'a tunnel that pauses before its answer is waited for until it moves and stays silent':
    '5000 pause 600000 lost=0 pings=1 resume 9999 lost=0 1 lost=1',
  'a tunnel whose bytes arrive is not silent, because the answer waits behind them':
    '5000 receive 5000 receive 5000 receive 4999 lost=0 pings=1 5000 lost=0 1 lost=1',
  'a tunnel that moved again during the wait is waited for, because the answer may wait behind its bytes':
    '5000 pause 4000 resume 1000 lost=0 pings=1 4999 lost=0 1 lost=1',
  'a short pause proves nothing, because the system buffers bytes for a lost peer too':
    '5000 pause 99 resume 4900 lost=0 1 lost=1',
  'a ping gets 1 s more for each 50 kB sent before it, because it waits behind them on a slow network':
    '1000 send 4000 pings=1 14999 lost=0 1 lost=1',
  'a ping gets no more time for few bytes': 'send=49999 5000 4999 lost=0 1 lost=1',
  'a ping gets no more time for bytes that the server has read before its answer':
    'send 5000 14000 answer 5000 pings=1 4999 lost=0 1 lost=1',
  'a ping gets no more time for bytes sent after it': '5000 send 4999 lost=0 1 lost=1',
  'bytes sent after a ping count for the next one': '5000 send answer 5000 14999 lost=0 1 lost=1',
  'a ping gets at most 60 s, however much was sent before it': `${'send '.repeat(100)}5000 59999 lost=0 1 lost=1`,
  'a tunnel that moves again after a pause gets the time for its bytes again':
    'send 5000 pause 600000 resume 29999 lost=0 1 lost=1',
  'a late timer is no silence, because the answer may be unread':
    '5000 sleep lost=0 answer 5000 answer lost=0',
  'after a sleep a ping is sent at once, and a lost peer is noticed 5 s later':
    'sleep pings=1 4999 lost=0 1 lost=1',
};

for (const [name, steps] of Object.entries(CASES)) {
  test(name, async () => {
    using it = watch();
    for (const step of steps.split(' ')) {
      const [word, count] = step.split('=');
      if (word === 'answer') await it.answer();
      else if (word === 'pause' || word === 'resume') it.tunnel.pause(word === 'pause');
      else if (word === 'receive') it.tunnel.receivedBytes += 16_384;
      else if (word === 'send') it.tunnel.sentBytes += Number(count ?? 500_000);
      else if (word === 'sleep') it.clock.leap(3_600_000);
      else if (word === 'pings') assert.equal(it.tunnel.pings.length, Number(count), steps);
      else if (word === 'lost') assert.equal(it.lost.length, Number(count), steps);
      else it.clock.advance(Number(step));
    }
  });
}

test('a tunnel is lost with a reason after 10 s without an answer', async () => {
  using it = watch();
  it.clock.advance(9_999);
  assert.equal(it.lost.length, 0);
  it.clock.advance(1);
  assert.equal(it.lost.length, 1);
  assert.ok(isCoded(it.lost[0], 'LOST_CONNECTION_TO_SERVER'));
  assert.match(it.lost[0].message, /no response for 10 s/);
});

test('the end of the tunnel ends the heartbeat', async () => {
  using it = watch();
  it.clock.advance(5_000);
  it.tunnel.pings[0]?.reject(new Error('it has ended'));
  await settle();
  assert.equal(it.clock.pending, 0);
});

test('disposing ends a pending ping and sets no timer', async () => {
  const it = watch();
  it.clock.advance(5_000);
  it[Symbol.dispose]();
  await settle();
  await assert.rejects(it.tunnel.pings[0]?.promise ?? Promise.resolve());
  assert.equal(it.clock.pending, 0);
  assert.deepEqual(it.lost, []);
});
