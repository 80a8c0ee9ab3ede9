import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startQuestion, stopQuestion } from '../../../../src/ui/present/toolQuestion.ts';
import { english } from '../../../support/localizer.ts';
import { forward, specification } from '../../../support/uiRows.ts';

const wanted = { context: 'dev', namespace: 'demo', target: 'service/web', remotePort: 80 };

test('a tool that forwards a port is confirmed with all that it names', () => {
  assert.deepEqual(startQuestion(english, wanted), {
    title: 'Forward a Kubernetes port?',
    text: 'Port 80 of service/web in namespace demo of dev, on this machine only',
  });
});

test('nothing that an agent writes is hidden in a confirmation, and none is endless', () => {
  for (const field of ['context', 'namespace', 'target', 'remotePort'] as const) {
    const { text } = startQuestion(english, { ...wanted, [field]: 'a\u200bb\u{e0041}\u202e\u001b[2J\n' });
    assert.match(text, /a\\u200bb\\u\{e0041\}\\u202e\\x1b\[2J\\x0a/, field);
  }
  assert.equal(stopQuestion(english, 'id\u200b', undefined).text, 'id\\u200b');
  const labelled = forward('web', { specification: specification('web', { label: 'my\u{e0041}' }) });
  assert.equal(stopQuestion(english, labelled.id, labelled).text, 'my\\u{e0041}');
  assert.equal(startQuestion(english, { ...wanted, target: 'x'.repeat(9_000) }).text.length, 2_000);
});
