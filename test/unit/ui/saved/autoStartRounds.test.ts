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

const somewhere = () => 'somewhere';
const nowhere = () => null;

/** Changes the saved forwards several times. For each change, returns the forwards that the user is asked about. */
function asked(...settings: readonly (readonly SavedForward[])[]): readonly (readonly string[])[] {
  const rounds = new AutoStartRounds();
  return settings.map((forwards) => names(rounds.next(forwards, [], somewhere).asking));
}

/** Returns the approvals that are stored after the user has approved these forwards. */
const approvalsOf = (...forwards: readonly SavedForward[]) =>
  new AutoStartRounds().next(forwards, [], somewhere).hashes;

test('an entry that was removed and written again asks again', () => {
  assert.deepEqual(asked([web], [], [web]), [['web'], [], ['web']]);
});

test('an entry asks one question, whatever other entries do', () => {
  assert.deepEqual(asked([web], [web], [own, web], [web, db], [db]), [['web'], [], [], ['db'], []]);
});

test("approved entries start when they are new in the settings, and the user's own with the window only", () => {
  const rounds = new AutoStartRounds();
  const started = (forwards: readonly SavedForward[]) =>
    names(rounds.next(forwards, approvalsOf(web), somewhere).starting);
  assert.deepEqual(started([own, web]), ['own', 'web']);
  assert.deepEqual(started([own, web]), []);
  assert.deepEqual(started([own]), []);
  assert.deepEqual(started([own, web]), ['web']);
});

test("the user's own entries written later start with the next window", () => {
  const rounds = new AutoStartRounds();
  assert.deepEqual(rounds.next([], [], somewhere).starting, []);
  assert.deepEqual(rounds.next([own], [], somewhere).starting, []);
});

test('an entry with a new destination asks again', () => {
  const rounds = new AutoStartRounds();
  rounds.next([web], [], () => 'one');
  assert.deepEqual(names(rounds.next([web], [], () => 'another').asking), ['web']);
});

test('an approved entry whose context does not exist neither asks nor starts until the context exists', () => {
  const rounds = new AutoStartRounds();
  const waiting = rounds.next([web], approvalsOf(web), nowhere);
  assert.deepEqual(waiting, { starting: [], asking: [], hashes: [], isWaiting: true });
  const started = rounds.next([web], approvalsOf(web), somewhere);
  assert.deepEqual([names(started.starting), started.isWaiting], [['web'], false]);
});

test('an entry that has started does not start again after its context was missing for a moment', () => {
  const rounds = new AutoStartRounds();
  for (const destinationOf of [somewhere, nowhere]) rounds.next([web], approvalsOf(web), destinationOf);
  assert.deepEqual(rounds.next([web], approvalsOf(web), somewhere).starting, []);
});

test('an entry whose context does not exist stops no other entry', () => {
  const onlyWeb = ({ entry }: SavedForward) => (entry.name === 'web' ? 'somewhere' : null);
  const { starting, asking } = new AutoStartRounds().next([db, web], approvalsOf(db, web), onlyWeb);
  assert.deepEqual([names(starting), asking], [['web'], []]);
});

test("the user's own entries start unasked, and each of a workspace only if exactly it was approved", () => {
  const plan = (forwards: readonly SavedForward[], approvals: readonly string[]) =>
    new AutoStartRounds().next(forwards, approvals, somewhere);
  const byHand = { ...db, entry: { name: 'by hand', target: 'service/web', remotePort: 80 } };
  const first = plan([own, web, byHand], []);
  assert.deepEqual([names(first.starting), names(first.asking)], [['own'], ['web']]);
  const approved = plan([own, web], first.hashes);
  assert.deepEqual([names(approved.starting), approved.asking], [['own', 'web'], []]);
  const changed = { ...web, entry: { ...web.entry, target: 'service/db' } } as SavedForward;
  const asking = plan([own, changed], first.hashes);
  assert.deepEqual([names(asking.starting), names(asking.asking)], [['own'], ['web']]);
  // The user is not asked about forwards that do not start automatically.
  assert.deepEqual(plan([web, byHand], first.hashes).asking, []);
  assert.deepEqual(plan([], []).asking, []);
});
