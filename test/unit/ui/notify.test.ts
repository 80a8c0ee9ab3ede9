import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Severity } from '../../../src/ui/notify.ts';
import { fake } from '../../support/fakeVscode.ts';

const { notify } = await import('../../../src/ui/notify.ts');

test('with "all" every notification is shown, with "errors" only warnings and errors, with "none" none', () => {
  const severities = ['information', 'warning', 'error'] satisfies Severity[];
  const shown = (setting: 'all' | 'errors' | 'none') => {
    fake.messages.length = 0;
    fake.settings['notifications'] = setting;
    for (const severity of severities) notify(severity, severity);
    return [...fake.texts];
  };
  assert.deepEqual(shown('all'), ['information', 'warning', 'error']);
  assert.deepEqual(shown('errors'), ['warning', 'error']);
  assert.deepEqual(shown('none'), []);
});

/**
 * Files that may show messages although the setting hides them: questions, and messages that are not about forwards.
 */
const OWN_MESSAGES: ReadonlySet<string> = new Set([
  'notify.ts',
  'clusters/askForPlugin.ts',
  'saved/autoStart.ts',
  'commands/requests/replayRequest.ts',
]);

test('notifications about forwards and saved forwards obey the setting', () => {
  const root = 'src/ui';
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const direct = files.filter((file) =>
    /\bshow(Information|Warning|Error)Message\b/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(
    direct.map((file) => file.replaceAll('\\', '/')).filter((file) => !OWN_MESSAGES.has(file)),
    [],
  );
});
