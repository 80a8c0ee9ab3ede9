import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fake } from '../../support/fakeVscode.ts';
import { session } from '../../support/fakeWindow.ts';

const { OutputLog } = await import('../../../src/ui/outputLog.ts');
const { notify } = await import('../../../src/ui/notify.ts');

test('the output channel has the warnings and errors that the setting suppresses, until it is disposed of', () => {
  const log = new OutputLog(session);
  const all = () => {
    for (const severity of ['information', 'warning', 'error'] as const) notify(severity, severity);
  };
  all();
  assert.deepEqual(fake.output, []);
  fake.settings = { notifications: 'none' };
  all();
  assert.deepEqual(fake.texts, ['information', 'warning', 'error']);
  assert.deepEqual(fake.output, ['warn warning', 'error error']);
  log.dispose();
  all();
  assert.equal(fake.output.length, 2);
});
