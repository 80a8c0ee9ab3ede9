import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HostLink } from '../../../src/cli/hostLink.ts';
import { startInHost } from '../../../src/cli/startInHost.ts';
import { setRequestLog } from '../../../src/rpc/exchanges.ts';
import {
  type ForwardSnapshot,
  type ForwardSpecification,
  type ForwardState,
  startForward,
} from '../../../src/rpc/forwardsContract.ts';
import { coded } from '../../support/coded.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeHost, readyForward } from '../../support/fakeHost.ts';
import { fieldOf } from '../../support/fields.ts';
import { specification } from '../../support/uiRows.ts';

const SPECIFICATION = specification('web');
const UNREACHABLE = { code: 'UNREACHABLE', arguments: { server: 'https://k', reason: 'refused' } } as const;
const RECONNECTING: ForwardState = { type: 'reconnecting', error: UNREACHABLE, attempt: 1 };

/** Returns a fake host, and a function that starts a forward in it for each of these ports of the pod. */
async function bench(...remotePorts: readonly number[]) {
  const host = new FakeHost();
  const link = new HostLink(await host.joinOrStart());
  const clock = new FakeClock();
  const stop = new AbortController();
  const reasons: string[] = [];
  const start = (options: Partial<ForwardSpecification> = {}, logsExchanges = false) =>
    startInHost(
      link,
      remotePorts.map((remotePort) => ({ ...SPECIFICATION, ...options, remotePort })),
      {
        podRunningTimeoutMs: 5_000,
        logsExchanges,
        onWaiting: (reason) => reasons.push(reason.message),
        stop: stop.signal,
        clock,
      },
    );
  return { host, clock, stop, reasons, start };
}

function withState(forward: ForwardSnapshot, state: ForwardState): ForwardSnapshot {
  return { ...forward, state };
}

function startingForward(wanted: ForwardSpecification, id: string): ForwardSnapshot {
  return withState(readyForward(wanted, id), { type: 'starting' });
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

suite('forwards started in the host', () => {
  test('resolve once all of them are ready', async () => {
    const { host, start } = await bench(80, 81);
    const forwards = await start();
    const ports = forwards.map((forward) => forward.specification.remotePort);
    assert.deepEqual(ports, [80, 81]);
    assert.equal(host.forwards.length, 2);
  });

  test('are released if one of them fails or cannot reach its server', async () => {
    for (const state of [RECONNECTING, { type: 'failed', error: UNREACHABLE } as const]) {
      const { host, start } = await bench(80, 81);
      host.startForward = (wanted, id) => {
        const forward = readyForward(wanted, id);
        return wanted.remotePort === 80 ? forward : withState(forward, state);
      };
      await assert.rejects(start(), coded('UNREACHABLE'));
      assert.deepEqual(host.forwards, []);
    }
  });

  test('count as started with a pod that is not Ready, as in the foreground', async () => {
    const { host, start } = await bench(80);
    const tunnel = { pod: 'web', transport: 'spdy' } as const;
    host.startForward = (wanted, id) => withState(readyForward(wanted, id), { ...RECONNECTING, tunnel });
    assert.equal((await start()).length, 1);
    assert.equal(host.forwards.length, 1);
  });

  test('report what they wait for before the host has answered, and stop by a signal', async () => {
    const { host, stop, reasons, start } = await bench(80);
    const answer = Promise.withResolvers<ForwardSnapshot>();
    host.startForward = (wanted, id) => {
      const forward = readyForward(wanted, id);
      const holders = [{ id: wanted.clientToken ?? '', kind: 'terminal' }] as const;
      const state = {
        type: 'starting',
        waiting: { code: 'WAITING_FOR_POD', arguments: { name: 'web', phase: 'Pending' } },
      } as const;
      host.setForwards([{ ...withState(forward, state), holders }]);
      answer.promise.then(
        () => host.setForwards([]),
        () => {},
      );
      return answer.promise;
    };
    const started = start();
    await turn();
    assert.deepEqual(reasons, ['pod "web" is Pending']);
    const stopping = withState(host.forwards[0] ?? assert.fail(), { type: 'stopping' });
    stop.abort();
    await assert.rejects(started, (error) => error === stop.signal.reason);
    assert.deepEqual(host.forwards, []);
    answer.resolve(stopping);
  });

  test('are waited for after the timeout if the host has not answered by then', async () => {
    const { host, clock, start } = await bench(80);
    const hasTime = Promise.withResolvers<void>();
    host.startForward = (wanted, id) => hasTime.promise.then(() => readyForward(wanted, id));
    const started = start();
    await turn();
    clock.advance(5_000);
    hasTime.resolve();
    assert.equal((await started).length, 1);
  });

  test('reject if somebody else stops them', async () => {
    const { host, start } = await bench(80);
    host.startForward = startingForward;
    const started = start();
    await turn();
    host.setForwards([]);
    await assert.rejects(started, coded('STOPPED'));
  });

  test('reject when the host ends, asked or unasked', async () => {
    const { host, start } = await bench(80);
    host.startForward = startingForward;
    const started = start();
    await turn();
    host.die();
    await assert.rejects(started, coded('HOST_LOST'));
    const lost = await bench(80);
    lost.host.startForward = () => Promise.reject(new Error('Pending response rejected'));
    await assert.rejects(lost.start(), coded('HOST_LOST'));
  });
});

suite('an existing forward of somebody else', () => {
  /** Adds a forward that another program has started. The host returns it for every request to start a forward. */
  function another(host: FakeHost, state: ForwardState): ForwardSnapshot {
    const theirs = withState(readyForward({ ...SPECIFICATION, clientToken: 'of another' }, '1'), state);
    const forward = { ...theirs, holders: [{ id: 'of another', kind: 'task' }] } as const;
    host.startForward = () => forward;
    return forward;
  }

  test('is waited for while it looks for its pod again', async () => {
    const { host, reasons, start } = await bench(80);
    const forward = another(host, RECONNECTING);
    const started = start();
    await turn();
    assert.match(reasons.join(), /^cannot reach https:\/\/k/);
    host.setForwards([withState(forward, { type: 'ready', pod: 'web', transport: 'spdy' })]);
    assert.equal((await started)[0]?.id, '1');
  });

  test('is refused and left unchanged if the command has an option that this forward does not have', async () => {
    const { host, start } = await bench(80);
    another(host, { type: 'ready', pod: 'web', transport: 'spdy' });
    const running = 'the forward to pod/web is already running on port 8080';
    const refused = (difference: string, option: string) =>
      coded('ALREADY_RUNNING', `${running} ${difference}: remove ${option}, or stop it first`);
    await assert.rejects(
      start({ requiresReady: true }),
      refused('without --require-ready', '--require-ready'),
    );
    await assert.rejects(
      start({ waitForTargetMs: 0 }),
      refused('with another --wait-for-target', '--wait-for-target'),
    );
    assert.equal((await start({ waitForTargetMs: 600_000 }))[0]?.id, '1', 'this is the default');
    assert.equal(host.forwards.length, 1);
    assert.deepEqual(fieldOf(host.forwards[0]?.holders ?? [], 'kind'), ['task', 'terminal']);
  });

  test('is left unchanged after the timeout', async () => {
    for (const [state, code] of [
      [RECONNECTING, 'UNREACHABLE'],
      [{ type: 'starting' }, 'FORWARD_NOT_READY'],
    ] as const) {
      const { host, clock, start } = await bench(80);
      another(host, state);
      const started = start();
      await turn();
      clock.advance(5_000);
      await assert.rejects(started, coded(code));
      assert.equal(host.forwards.length, 1);
    }
  });
});

suite('the request log', () => {
  test('is turned on when all forwards are ready, unless it is on', async () => {
    const { host, start } = await bench(80, 81);
    host.answers.set(setRequestLog.method, () => {});
    host.startForward = (wanted, id) => ({
      ...readyForward(wanted, id),
      requestLog: wanted.remotePort === 80 ? 'off' : 'record',
    });
    const [first] = await start({}, true);
    assert.deepEqual(host.sent(setRequestLog), [{ forward: first?.id, mode: 'metadata' }]);
  });

  test('keeps its mode if the command refuses a forward', async () => {
    const { host, start } = await bench(80, 81);
    host.answers.set(setRequestLog.method, () => {});
    const theirs = { clientToken: 'of another' };
    host.startForward = (wanted, id) =>
      readyForward({ ...wanted, ...theirs, requiresReady: wanted.remotePort === 80 }, id);
    await assert.rejects(start({ requiresReady: true }, true), coded('ALREADY_RUNNING'));
    assert.deepEqual(fieldOf(host.sent(startForward), 'requestLog'), [undefined, undefined]);
    assert.deepEqual(host.sent(setRequestLog), []);
  });
});

test('a host that keeps no time limit is waited for with a limit', async () => {
  const { host, clock, start } = await bench(80);
  host.startForward = startingForward;
  const started = start();
  await turn();
  clock.advance(5_000);
  await turn();
  assert.equal(host.forwards.length, 1);
  clock.advance(100_000);
  await assert.rejects(started, coded('FORWARD_NOT_READY'));
  assert.deepEqual(host.forwards, []);
});
