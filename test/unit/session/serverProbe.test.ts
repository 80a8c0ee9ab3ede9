import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { RestServerProbe } from '../../../src/session/serverProbe.ts';
import { SleepWatch } from '../../../src/session/sleepWatch.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeCredentials, restConfigFor } from '../../support/restConfig.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { testAuthority } from '../../support/testCertificates.ts';

const never = () => {};

/** Starts a server that answers each request with the status `code`. With the code 0, the server does not answer. */
function startServer(status: { code: number }): Promise<TestTcpServer> {
  return TestTcpServer.answering((_head, socket) => {
    if (status.code !== 0) socket.end(`HTTP/1.1 ${status.code} x\r\nContent-Length: 2\r\n\r\n{}`);
  });
}

test('any answer counts, and no credentials are sent', async () => {
  for (const code of [200, 401, 403, 404, 500]) {
    const server = await startServer({ code });
    const credentials = new FakeCredentials({ authorization: 'Bearer planted-token' });
    const config = restConfigFor(server.url('http'), { credentials });
    const probe = new RestServerProbe(new FakeClock());
    await probe.untilReachable(config, new AbortController().signal, never);
    assert.equal(server.asked.length, 1);
    assert.ok(!server.asked[0]?.includes('planted-token'));
    await server[Symbol.asyncDispose]();
  }
});

test('a server that demands a client certificate is reachable, with any version of TLS', async () => {
  const { certificate: ca, issueServer } = await testAuthority();
  const { certificate: cert, key } = await issueServer([], ['127.0.0.1']);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const secure = { cert, key, ca, requestCert: true, rejectUnauthorized: true, maxVersion };
    await using server = await TestTcpServer.start(never, secure);
    const config = restConfigFor(server.url('https'), { tls: { certificateAuthority: ca } });
    const probe = new RestServerProbe(new FakeClock());
    await new Promise<void>((resolve, reject) => {
      probe.untilReachable(config, new AbortController().signal, reject).then(resolve, reject);
    });
  }
});

test('a gateway without a server is asked again each second, and all waiters share the question', async () => {
  const status = { code: 503 };
  await using server = await startServer(status);
  const config = restConfigFor(server.url('http'));
  const clock = new FakeClock();
  const probe = new RestServerProbe(clock);
  const failures: unknown[] = [];
  const { signal } = new AbortController();
  const both = Promise.all([
    probe.untilReachable(config, signal, (error) => failures.push(error)),
    probe.untilReachable(config, signal, (error) => failures.push(error)),
  ]);
  await eventually(() => failures.length === 2, 'no failure told');
  assert.equal(server.asked.length, 1);
  clock.advance(999);
  assert.equal(server.asked.length, 1);
  status.code = 200;
  clock.advance(1);
  await both;
  assert.equal(server.asked.length, 2);
  assert.equal(clock.pending, 0);
});

test('a caller that stops waiting and waits again asks the server at once', async () => {
  const status = { code: 503 };
  await using server = await startServer(status);
  const config = restConfigFor(server.url('http'));
  const clock = new FakeClock();
  const probe = new RestServerProbe(clock);
  const abort = new AbortController();
  const failed = Promise.withResolvers<unknown>();
  const waiting = probe.untilReachable(config, abort.signal, failed.resolve);
  await failed.promise;
  status.code = 200;
  abort.abort(new Error('enough'));
  const again = probe.untilReachable(config, new AbortController().signal, never);
  await assert.rejects(waiting, /enough/);
  await again;
  assert.equal(server.asked.length, 2);
  assert.equal(clock.pending, 0);
});

test('an unanswered question does not delay the next one', async () => {
  const status = { code: 0 };
  await using server = await startServer(status);
  const config = restConfigFor(server.url('http'));
  const clock = new FakeClock();
  const probe = new RestServerProbe(clock);
  const reachable = probe.untilReachable(config, new AbortController().signal, never);
  await eventually(() => server.asked.length === 1, 'not asked');
  clock.advance(1_000);
  await eventually(() => server.asked.length === 2, 'not asked again');
  status.code = 200;
  clock.advance(1_000);
  await reachable;
  await eventually(() => clock.pending === 0, 'a timer is left');
});

test('a server is not asked when nobody waits any more', async () => {
  const clock = new FakeClock();
  const probe = new RestServerProbe(clock);
  const config = restConfigFor(new URL('http://127.0.0.1:1'));
  const abort = new AbortController();
  const failures: unknown[] = [];
  const waiting = probe.untilReachable(config, abort.signal, (error) => failures.push(error));
  await eventually(() => failures.length === 1, 'no failure told');
  assert.ok(isCoded(failures[0], 'UNREACHABLE'));
  abort.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  assert.equal(clock.pending, 0);
});

test('a machine that slept is noticed by its calendar', () => {
  const clock = new FakeClock();
  let calendar = 0;
  let woken = 0;
  const watch = new SleepWatch(clock, () => calendar);
  watch.onDidWake(() => woken++);
  const pass = (timerMs: number, calendarMs: number) => {
    calendar += calendarMs;
    clock.advance(timerMs);
  };
  pass(5_000, 5_000);
  pass(5_000, 9_000);
  assert.equal(woken, 0, 'a busy machine is late');
  pass(5_000, 3_600_000);
  assert.equal(woken, 1);
  pass(5_000, 5_000);
  pass(5_000, -3_600_000);
  assert.equal(woken, 1);
  watch.dispose();
  assert.equal(clock.pending, 0);
});
