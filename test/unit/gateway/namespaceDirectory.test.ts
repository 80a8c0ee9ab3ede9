import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { Emitter } from '../../../src/base/event.ts';
import { NamespaceDirectory } from '../../../src/gateway/namespaceDirectory.ts';
import { StatusError } from '../../../src/rest/statusError.ts';
import type { ClusterAccess } from '../../../src/session/kubeTarget.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeCluster } from '../../support/fakeCluster.ts';

const EMPTY = { items: [], resourceVersion: '5' };

function refusal(code: number): StatusError {
  return new StatusError({ code, message: '', kind: 'namespaces' }, 'API_ERROR');
}

/** Opens a namespace without objects. `gets` are the API server's answers to requests for the namespace itself. */
async function openEmpty(gets: Error[]) {
  const clock = new FakeClock();
  const cluster = new FakeCluster({ lists: [EMPTY, EMPTY], gets });
  const access = () => Promise.resolve({ cluster } as unknown as ClusterAccess);
  const directory = new NamespaceDirectory({ namespace: 'nowhere', access, clock });
  await eventually(() => directory.isLoaded, 'it should be loaded');
  return { directory, clock };
}

test('a namespace that does not exist is reported although the first question about it failed', async () => {
  const { directory, clock } = await openEmpty([new CodedError('UNREACHABLE'), refusal(503), refusal(404)]);
  const code = () => directory.error?.code;
  assert.equal(code(), undefined);
  await eventually(() => {
    clock.advance(5_000);
    return code() === 'NAMESPACE_NOT_FOUND';
  }, 'the missing namespace should be reported');
  assert.equal(clock.pending, 0);
  directory.dispose();
});

test('the server is not asked again about a namespace that the user may not read', async () => {
  const { directory, clock } = await openEmpty([refusal(403)]);
  assert.equal(directory.error, undefined);
  assert.equal(clock.pending, 0);
  directory.dispose();
});

test('lists that failed for lack of credentials are read again at once after a login', async (t) => {
  const failed = new CodedError('CREDENTIALS_FAILED');
  const cluster = new FakeCluster({ lists: [failed, EMPTY, EMPTY], gets: [refusal(403)] });
  const access = () => Promise.resolve({ cluster } as unknown as ClusterAccess);
  const signedIn = new Emitter<void>();
  const directory = new NamespaceDirectory({
    ...{ namespace: 'demo', access, clock: new FakeClock() },
    onDidSignIn: signedIn.event,
  });
  t.after(() => directory.dispose());
  await eventually(() => directory.error === failed && cluster.calls.length >= 3, 'the list should fail');
  signedIn.fire();
  await eventually(() => directory.isLoaded && directory.error === undefined, 'it should be loaded');
  const lists = cluster.calls.filter((call) => call.startsWith('list'));
  assert.equal(lists.length, 3, 'a list that did not fail is not read again');
});
