import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from '../../../src/base/pacer.ts';
import { FakeClock } from '../../support/fakeClock.ts';

/** Returns a pacer whose event loop has other work for `otherWorkMs` in each turn. */
function paced(otherWorkMs: number) {
  const clock = new FakeClock();
  let turns = 0;
  const pacer = new Pacer(clock, async () => {
    turns++;
    clock.advance(otherWorkMs);
  });
  return { clock, pacer, turns: () => turns };
}

test('a task continues until its turn is over, and then yields', async () => {
  const { clock, pacer, turns } = paced(0);
  clock.advance(1);
  await pacer.pause();
  assert.equal(turns(), 0);
  clock.advance(1);
  await pacer.pause();
  assert.equal(turns(), 1);
  await pacer.pause();
  assert.equal(turns(), 1, 'a new turn has begun');
  assert.equal(clock.started, 0, 'nobody else had work: no rest');
});

test('a task rests after its turn if the event loop had other work', async () => {
  const { clock, pacer } = paced(5);
  clock.advance(2);
  let isSettled = false;
  const paused = pacer.pause().then(() => {
    isSettled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([isSettled, clock.pending], [false, 1]);
  clock.advance(6);
  await paused;
  assert.equal(clock.pending, 0);
});

test('two tasks of the real event loop take turns', async () => {
  const order: string[] = [];
  const work = async (name: string) => {
    const pacer = new Pacer();
    for (let piece = 0; piece < 20; piece++) {
      const end = performance.now() + 1;
      while (performance.now() < end);
      if (order.at(-1) !== name) order.push(name);
      await pacer.pause();
    }
  };
  await Promise.all([work('a'), work('b')]);
  assert.ok(order.length > 4, order.join());
});
