import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandServices } from '../../../../src/ui/commands/commandServices.ts';
import type { SavedForward } from '../../../../src/ui/saved/savedForward.ts';
import { eventually } from '../../../support/eventually.ts';
import { fake } from '../../../support/fakeVscode.ts';

const { deleteSavedForwards } = await import('../../../../src/ui/commands/deleteSavedForwards.ts');

const entry = (name: string) => ({ name, target: 'service/web', remotePort: 80 });

test('Undo brings back what was deleted, and keeps what was saved and deleted meanwhile', async () => {
  const { promise: restored, resolve } = Promise.withResolvers<readonly unknown[]>();
  let list: readonly unknown[] = ['First', 'Second', 'Third'].map(entry);
  let isDeleted = false;
  const saved = {
    read: () => list,
    write: async (_scope: unknown, written: readonly unknown[]) => {
      if (isDeleted) return resolve(written);
      isDeleted = true;
      // Before the user clicks Undo, the forward Second is deleted and New is saved.
      list = [entry('Third'), entry('New')];
    },
  };
  fake.nextButton = 'Undo';
  const chosen: SavedForward = { scope: { type: 'user' }, entry: entry('First') };
  await deleteSavedForwards({ saved } as unknown as CommandServices, [chosen]);
  assert.deepEqual(await restored, ['First', 'Third', 'New'].map(entry));
});

test('Undo shows why the settings could not be written', async () => {
  let writes = 0;
  const write = async () => {
    if (writes++ > 0) throw new Error('settings.json has errors');
  };
  const saved = { read: () => [entry('First')], write };
  fake.nextButton = 'Undo';
  const chosen: SavedForward = { scope: { type: 'user' }, entry: entry('First') };
  await deleteSavedForwards({ saved } as unknown as CommandServices, [chosen]);
  await eventually(() => fake.messages.length === 2, 'the error');
  assert.equal(fake.messages[1]?.severity, 'error');
  assert.match(fake.texts[1] ?? '', /settings\.json has errors/);
});
