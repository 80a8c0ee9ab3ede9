import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoStartRounds } from '../../../../src/ui/saved/autoStartRounds.ts';
import type { SavedForward } from '../../../../src/ui/saved/savedForward.ts';

const saved = (name: string, type: 'user' | 'workspace' = 'workspace'): SavedForward => ({
  scope: { type },
  entry: { name, context: 'dev', target: 'service/web', remotePort: 80, autoStart: true },
});
const web = saved('web');
const db = saved('db');
const own = saved('own', 'user');

function names(forwards: readonly SavedForward[]): readonly string[] {
  return forwards.map(({ entry }) => entry.name);
}

/** Returns the questions for successive settings. */
function asked(...settings: readonly (readonly SavedForward[])[]): readonly (readonly string[])[] {
  const rounds = new AutoStartRounds();
  return settings.map((forwards) => names(rounds.next(forwards, undefined, () => null).asking));
}

test('an entry that was removed and written again asks again', () => {
  assert.deepEqual(asked([web], [], [web]), [['web'], [], ['web']]);
  assert.deepEqual(asked([web], [web, db], [web]), [['web'], ['web', 'db'], ['web']]);
});

test('unchanged settings ask no second question', () => {
  assert.deepEqual(asked([web], [web], [own, web]), [['web'], [], []]);
});

test("approved entries start when they are new in the settings, and the user's own with the window only", () => {
  const rounds = new AutoStartRounds();
  const { hash } = new AutoStartRounds().next([web], undefined, () => null);
  const started = (forwards: readonly SavedForward[]) =>
    names(rounds.next(forwards, hash, () => null).starting);
  assert.deepEqual(started([own, web]), ['own', 'web']);
  assert.deepEqual(started([own, web]), []);
  assert.deepEqual(started([own]), []);
  assert.deepEqual(started([own, web]), ['web']);
});

test("the user's own entries written later start with the next window", () => {
  const rounds = new AutoStartRounds();
  assert.deepEqual(rounds.next([], undefined, () => null).starting, []);
  assert.deepEqual(rounds.next([own], undefined, () => null).starting, []);
});

test('an entry with a new destination asks again', () => {
  const rounds = new AutoStartRounds();
  rounds.next([web], undefined, () => 'one');
  assert.deepEqual(names(rounds.next([web], undefined, () => 'another').asking), ['web']);
});

const plan = (forwards: readonly SavedForward[], approval: string | undefined) =>
  new AutoStartRounds().next(forwards, approval, () => null);

test("the user's own entries start unasked, and a workspace's only when exactly these were approved", () => {
  const mine = saved('mine', 'user');
  const ours = saved('ours');
  const byHand = { ...ours, entry: { name: 'by hand', target: 'service/web', remotePort: 80 } };
  const first = plan([mine, ours, byHand], undefined);
  assert.deepEqual([names(first.starting), names(first.asking)], [['mine'], ['ours']]);
  const approved = plan([mine, ours], first.hash);
  assert.deepEqual([names(approved.starting), approved.asking], [['mine', 'ours'], []]);
  const changed = { ...ours, entry: { ...ours.entry, target: 'service/db' } } as SavedForward;
  const asking = plan([mine, changed], first.hash);
  assert.deepEqual([names(asking.starting), names(asking.asking)], [['mine'], ['ours']]);
  // Entries without automatic start are no part of the approval.
  assert.deepEqual(plan([ours, byHand], first.hash).asking, []);
  assert.deepEqual(plan([], undefined).asking, []);
});
