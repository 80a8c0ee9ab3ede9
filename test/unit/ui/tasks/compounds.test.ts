import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompoundStarts, compoundsWith } from '../../../../src/ui/tasks/compounds.ts';
import { FakeClock } from '../../../support/fakeClock.ts';

const BOTH = {
  name: 'Both',
  configurations: ['Server', { name: 'Client', folder: 'web' }],
  preLaunchTask: 'forwards',
};
const WRITTEN = [
  BOTH,
  { name: 'Other', configurations: ['Server', 'Tests'], preLaunchTask: 'others' },
  { name: 'No task', configurations: ['Server', 'Client'] },
  { name: 'Not a list', configurations: 'Server', preLaunchTask: 'forwards' },
  null,
  'Server',
];

test('a configuration is part of the compounds that name it and have a preLaunchTask', () => {
  const tasksFor = (name: string) => compoundsWith(name, WRITTEN).map(({ preLaunchTask }) => preLaunchTask);
  assert.deepEqual(tasksFor('Server'), ['forwards', 'others']);
  assert.deepEqual(tasksFor('Client'), ['forwards']);
  assert.deepEqual(tasksFor('Else'), []);
});

test('a compound starts if all of its configurations are resolved together', async () => {
  const starts = new CompoundStarts(new FakeClock());
  const resolved = (name: string) => starts.startedWith(name, compoundsWith(name, WRITTEN));
  const started = await Promise.all([resolved('Server'), resolved('Client')]);
  for (const compounds of started) {
    assert.deepEqual(compounds, [{ preLaunchTask: 'forwards', configurations: ['Server', 'Client'] }]);
  }
});

test('a configuration that starts alone, or long after another of its compound, starts no compound', async () => {
  const clock = new FakeClock();
  const starts = new CompoundStarts(clock);
  for (const name of ['Server', 'Client']) {
    const started = starts.startedWith(name, compoundsWith(name, WRITTEN));
    clock.advance(1_000);
    assert.deepEqual(await started, []);
  }
  assert.equal(clock.pending, 0);
  // A configuration that is in no compound starts at once: nothing waits for others.
  assert.deepEqual(await starts.startedWith('Else', compoundsWith('Else', WRITTEN)), []);
});
