import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stoppable } from '../../../src/library/stoppable.ts';

/** Records each state that it enters, and then calls `onState`. */
class Running extends Stoppable<void> {
  readonly states: string[] = [];
  readonly #onState: (running: Running) => void;

  constructor(onState: (running: Running) => void, start: () => Promise<void>) {
    super();
    this.#onState = onState;
    this.begin(undefined, start);
  }

  protected override release(): Promise<void> {
    return Promise.resolve();
  }

  protected override enter({ type }: { readonly type: string }): void {
    this.states.push(type);
    this.#onState(this);
  }
}

const stopAgain = (running: Running) => void running.stop();

test('a program that stops in each change of the state stops once', async () => {
  const running = new Running(stopAgain, () => new Promise(() => {}));
  await running.stop();
  assert.deepEqual(running.states, ['stopping', 'stopped']);
  await assert.rejects(running.ready, { code: 'STOPPED' });
});

test('a program that stops what has failed gets no other state', async () => {
  const running = new Running(stopAgain, () => Promise.reject(new Error('refused')));
  await assert.rejects(running.ready, { message: /refused/ });
  await running.stop();
  assert.deepEqual(running.states, ['failed']);
});
