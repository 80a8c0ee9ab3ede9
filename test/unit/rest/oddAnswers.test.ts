import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { requestJson, requestStream } from '../../../src/rest/request.ts';
import { RestAgent } from '../../../src/rest/restAgent.ts';
import type { RestConfig } from '../../../src/rest/restConfig.ts';
import { upgrade } from '../../../src/rest/upgrade.ts';
import { activeTimers } from '../../support/activeTimers.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { HostileServer, ODD_ANSWERS } from '../../support/hostileServer.ts';
import { restConfigFor } from '../../support/restConfig.ts';

/** Longer than every limit of a request. */
const LONG_MS = 200_000;

type Ask = (config: RestConfig, signal: AbortSignal, clock: FakeClock) => Promise<unknown>;

const ASKS: Readonly<Record<string, Ask>> = {
  'a request': (config, signal, clock) => requestJson(config, { path: '/api/v1/pods', signal }, { clock }),
  'a request on a kept connection': async (config, signal, clock) => {
    const agent = new RestAgent(config);
    try {
      return await requestJson(config, { path: '/api/v1/pods', signal }, { clock, agent });
    } finally {
      agent.dispose();
    }
  },
  'a request for a stream': async (config, signal, clock) => {
    const body = await requestStream(config, { path: '/api/v1/pods?watch=true', signal }, { clock });
    body.on('error', () => {}).destroy();
  },
  'an upgrade': async (config, signal, clock) => {
    const request = {
      method: 'GET',
      path: '/',
      protocol: 'SPDY/3.1',
      headers: {},
      timeoutMs: 5_000,
      clock,
    } as const;
    const { socket } = await upgrade(config, request, signal);
    socket.on('error', () => {}).destroy();
  },
};

/** Moves the clock until the promise settles. */
async function settled(promise: Promise<unknown>, clock: FakeClock): Promise<void> {
  let isSettled = false;
  promise.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  let movedMs = 0;
  await eventually(() => {
    if (isSettled) return true;
    if (movedMs < LONG_MS) clock.advance(5_000);
    movedMs += 5_000;
    return false;
  }, 'it never ends');
}

for (const [how, ask] of Object.entries(ASKS)) {
  test(`${how} ends within its limit and by its signal, whatever the server answers`, {
    concurrency: 10,
  }, async (t) => {
    const timers = activeTimers();
    const answers = Object.entries(ODD_ANSWERS).map(([what, answer]) =>
      t.test(what, async () => {
        await using server = await HostileServer.start(answer);
        const config = restConfigFor(server.url);
        const clock = new FakeClock();
        const limited = ask(config, new AbortController().signal, clock);
        limited.catch(() => {});
        await eventually(() => server.heads.length > 0, 'no request');
        await settled(limited, clock);
        await limited.catch((error: unknown) => assert.ok(isCoded(error), String(error)));
        assert.equal(clock.pending, 0, 'a timer is left');

        const before = server.heads.length;
        const abort = new AbortController();
        const aborted = ask(config, abort.signal, new FakeClock());
        aborted.catch(() => {});
        await eventually(() => server.heads.length > before, 'no second request');
        const reason = new Error('the test has seen enough');
        abort.abort(reason);
        await aborted.catch((error: unknown) => assert.ok(error === reason || isCoded(error), String(error)));
        await server.quiet();
      }),
    );
    await Promise.all(answers);
    await eventually(() => activeTimers() <= timers, 'a timer is left');
  });
}
