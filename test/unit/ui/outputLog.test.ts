import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorInfo } from '../../../src/rpc/messages.ts';
import { fake } from '../../support/fakeVscode.ts';
import { connector, forwards, host } from '../../support/fakeWindow.ts';
import { forward, gateway } from '../../support/uiRows.ts';

const { OutputLog } = await import('../../../src/ui/outputLog.ts');
const { ForwardMessages } = await import('../../../src/ui/forwards/forwardMessages.ts');
const { showGatewayOutcome } = await import('../../../src/ui/gateways/openNamespaces.ts');
const { notify } = await import('../../../src/ui/notify.ts');

test('the output channel has the warnings and errors that the setting suppresses, until it is disposed of', () => {
  const log = new OutputLog(connector);
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

test('a suppressed text is one line of the output channel, and failures that the host logs are not repeated', async (t) => {
  const [log, messages] = [new OutputLog(connector), new ForwardMessages(forwards)];
  t.after(() => {
    messages.dispose();
    log.dispose();
  });
  await connector.connect();
  host.setForwards([forward('web')]);
  fake.settings = { notifications: 'none' };
  const error: ErrorInfo = { code: 'UNAUTHORIZED', arguments: { server: 'https://x', user: 'me' } };
  messages.showOutcome(forward('web', { state: { type: 'failed', error } }));
  messages.showOutcome(forward('web', { state: { type: 'starting', error } }));
  host.setForwards([forward('web', { state: { type: 'reconnecting', error, attempt: 1 } })]);
  host.setForwards([forward('web', { state: { type: 'failed', error } })]);
  showGatewayOutcome(gateway(['demo'], { state: { type: 'failed', error } }), ['demo']);
  assert.deepEqual(fake.output, []);
  notify('error', 'no\n[error] forged');
  assert.deepEqual(fake.output, ['error no\\x0a[error] forged']);
});
