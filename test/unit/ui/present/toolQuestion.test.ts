import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startQuestion, stopQuestion, type WantedForward } from '../../../../src/ui/present/toolQuestion.ts';
import { english } from '../../../support/localizer.ts';
import { forward } from '../../../support/uiRows.ts';

const wanted = {
  ...{ context: 'dev', cluster: 'kind', namespace: 'demo', target: 'service/web', remotePort: 80 },
  localPort: { mode: 'preferred', port: 8080 },
} as const;

test('the confirmation of a tool that forwards a port shows everything that it names', () => {
  assert.deepEqual(startQuestion(english, wanted), {
    title: 'Forward a Kubernetes port?',
    text: 'Port 80 of service/web in namespace demo, context dev (cluster kind), to local port 8080 or another free port, reachable only from this machine',
  });
  const local = (localPort: WantedForward['localPort']) =>
    startQuestion(english, { ...wanted, localPort }).text;
  assert.match(local({ mode: 'exact', port: 9 }), /, to local port 9, reachable only from this machine$/);
  assert.match(
    local({ mode: 'preferred', port: 0 }),
    /, to any free local port, reachable only from this machine$/,
  );
});

test('a confirmation hides nothing that an agent writes, and has a limited length', () => {
  for (const field of ['context', 'cluster', 'namespace', 'target', 'remotePort'] as const) {
    const { text } = startQuestion(english, { ...wanted, [field]: 'a\u200bb\u{e0041}\u202e\u001b[2J\n' });
    assert.match(text, /a\\u200bb\\u\{e0041\}\\u202e\\x1b\[2J\\x0a/, field);
  }
  const labelled = forward('web', {}, { label: 'my\u{e0041}' });
  assert.equal(stopQuestion(english, { type: 'forward', forward: labelled }, []).text, 'my\\u{e0041}');
  assert.equal(startQuestion(english, { ...wanted, target: 'x'.repeat(9_000) }).text.length, 2_000);
});

test('the confirmation of a tool that stops a forward shows its other users', () => {
  const task = { id: 'a', kind: 'task', name: 'forwards', window: 'shop' } as const;
  assert.equal(
    stopQuestion(english, { type: 'forward', forward: forward('web') }, [
      task,
      { id: 'b', kind: 'extension' },
    ]).text,
    'pod/web:80. It keeps running for its other users: task forwards in window shop, another extension',
  );
});
