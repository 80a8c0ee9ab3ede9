import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { PortForwardRequest } from '../../../../src/ui/api/portForwardApi.ts';
import { eventually } from '../../../support/eventually.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { connector, forwards, gateways, host, window } from '../../../support/fakeWindow.ts';
import { fieldOf } from '../../../support/fields.ts';
import { contextRow } from '../../../support/uiRows.ts';

const { PublicApi } = await import('../../../../src/ui/api/createApi.ts');
const { EntryStarter } = await import('../../../../src/ui/saved/entryStarter.ts');

const web = { context: 'dev', namespace: 'demo', target: 'service/web', remotePort: 80 };

let api: InstanceType<typeof PublicApi>;

function createApi(): InstanceType<typeof PublicApi> {
  const { contexts, held, ports } = window;
  return new PublicApi(forwards, held, new EntryStarter(contexts, forwards, gateways, ports));
}

beforeEach(() => {
  host.contexts = { contexts: [contextRow('dev')], problems: [] };
  api = createApi();
});

afterEach(() => api.dispose());

for (const [request, code, message] of [
  [undefined, 'USAGE', /requires an object/],
  [{ ...web, port: 80 }, 'USAGE', /has no option "port"/],
  [{ ...web, target: '../secrets' }, 'USAGE', /"target" must be TYPE\/NAME/],
  [{ ...web, remotePort: '80' }, 'USAGE', /"remotePort" must be a number from 1 to 65535 without quotes/],
  [{ ...web, label: 7 }, 'USAGE', /"label" must be a string/],
  [{ ...web, signal: 'stop' }, 'USAGE', /"signal" must be an AbortSignal/],
  [{ ...web, context: 'nowhere' }, 'CONTEXT_NOT_FOUND', /^Context "nowhere" not found/],
] as const) {
  test(`a request of an extension rejects with a code and a sentence: ${JSON.stringify(request)}`, async () => {
    const started = api.api.start(request as unknown as PortForwardRequest);
    await assert.rejects(started.ready, { code, message });
    assert.deepEqual(host.forwards, []);
  });
}

test('the list of forwards changes with their states, and not with their traffic', async () => {
  let changes = 0;
  api.api.onDidChange(() => changes++);
  const started = api.api.start({ ...web, label: 'Mine' });
  const { id, label } = await started.ready;
  assert.equal(label, 'Mine');
  assert.deepEqual(fieldOf(api.api.list(), 'id'), [id]);
  const before = changes;
  assert.ok(before > 0);
  const later = createApi();
  later.api.onDidChange(() => assert.fail('only the traffic has changed'));
  host.setForwards(host.forwards.map((one) => ({ ...one, counts: { ...one.counts, bytesSent: 1 } })));
  later.dispose();
  assert.equal(changes, before);
  await api.api.stop(id);
  assert.deepEqual([api.api.list(), changes], [[], before + 1]);
});

test('a window starts its forwards in the next host even if the listener of an extension throws', async () => {
  const failure = new TypeError('the extension expects a forward');
  await api.api.start(web).ready;
  api.api.onDidChange(() => {
    throw failure;
  });
  const other = createApi();
  let changes = 0;
  other.api.onDidChange(() => changes++);
  host.die();
  await connector.connect();
  await eventually(() => host.forwards.length > 0 && forwards.all.length > 0, 'the forward runs again');
  assert.deepEqual(new Set(fake.listenerErrors), new Set([failure]));
  assert.ok(changes > 0, 'other extensions hear of the changes');
  other.dispose();
});
