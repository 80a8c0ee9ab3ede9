import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CodedError, isCoded } from '../../../../src/base/errors.ts';
import type { TransportName } from '../../../../src/kinds/transports.ts';
import { FallbackDialer } from '../../../../src/portforward/transport/fallbackDialer.ts';
import type { Dialer, DialOptions } from '../../../../src/portforward/transport/transport.ts';
import { TransportMemory } from '../../../../src/portforward/transport/transportMemory.ts';
import { StatusError } from '../../../../src/rest/statusError.ts';
import { rejection } from '../../../support/coded.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeTunnel } from '../../../support/fakeTunnel.ts';
import { never } from '../../../support/never.ts';

const pod = { namespace: 'demo', name: 'web' };

/** The errors with which a server refuses transports. It accepts a transport without an error. */
type Answers = Partial<Record<TransportName, Error>>;

class Bench {
  readonly dialed: TransportName[] = [];
  readonly refused: [TransportName, string][] = [];
  readonly dialer: FallbackDialer;
  readonly clock = new FakeClock();
  readonly memory: TransportMemory;
  answers: Answers;

  constructor(
    answers: Answers,
    { memory = new TransportMemory(), order = ['spdy', 'websocket', 'channel'] as TransportName[] } = {},
  ) {
    this.answers = answers;
    this.memory = memory;
    const dialerOf = (name: TransportName): Dialer => ({
      dial: () => {
        this.dialed.push(name);
        const error = this.answers[name];
        return error === undefined ? Promise.resolve(new FakeTunnel(name)) : Promise.reject(error);
      },
    });
    this.dialer = new FallbackDialer({
      dialers: order.map((name) => ({ name, dialer: dialerOf(name) })),
      memory,
      clock: this.clock,
      onRefused: (name, error) => this.refused.push([name, error.code]),
    });
  }

  /** Dials. Returns the tried transports, and the accepted one or an error code: `spdy websocket -> websocket`. */
  async dial(options?: DialOptions): Promise<string> {
    this.dialed.length = 0;
    const result = await this.dialer.dial(pod, never, options).then(
      (tunnel) => tunnel.transport,
      (error: unknown) => (isCoded(error) ? error.code : String(error)),
    );
    return `${this.dialed.join(' ')} -> ${result}`;
  }

  error(): Promise<CodedError> {
    return rejection(this.dialer.dial(pod, never));
  }
}

function refusal(status: number): StatusError {
  return new StatusError({ code: status, message: '' }, 'UPGRADE_REFUSED', {
    server: 'it',
    transport: 'x',
    status,
    reason: 'no',
  });
}

function noAnswer(cause?: Error): CodedError {
  const args = { server: 'it', transport: 'x', status: 'no answer', reason: 'none within 5 s' };
  return new CodedError('UPGRADE_REFUSED', args, cause);
}

function forbidden(verb: string, reason = `may not ${verb}`): StatusError {
  return new StatusError({ code: 403, message: reason }, 'FORBIDDEN', {
    user: 'jane',
    verb,
    resource: 'pods/portforward',
    namespace: 'demo',
    reason,
    rule: `verbs: ["${verb}"], resources: ["pods/portforward"]`,
  });
}

suite('the order of dialers', () => {
  test('ends with the first that is accepted', async () => {
    const bench = new Bench({});
    assert.equal(await bench.dial(), 'spdy -> spdy');
    assert.deepEqual(bench.refused, []);
  });

  test('continues after each refusal, which is reported', async () => {
    const bench = new Bench({ spdy: refusal(400), websocket: refusal(404) });
    assert.equal(await bench.dial(), 'spdy websocket channel -> channel');
    assert.deepEqual(bench.refused, [
      ['spdy', 'UPGRADE_REFUSED'],
      ['websocket', 'UPGRADE_REFUSED'],
    ]);
  });

  test('skips a transport that has failed once, for whatever reason', async () => {
    const hangUp = noAnswer(new Error('hang up'));
    for (const spdy of [refusal(400), refusal(503), forbidden('create'), noAnswer(), hangUp]) {
      const bench = new Bench({ spdy });
      assert.equal(await bench.dial(), 'spdy websocket -> websocket');
      assert.equal(await bench.dial(), 'websocket -> websocket');
    }
  });

  test('includes the others again when a transport that worked fails', async () => {
    const bench = new Bench({ spdy: refusal(400) });
    await bench.dial();
    bench.answers = { websocket: refusal(503) };
    assert.equal(await bench.dial(), 'websocket spdy -> spdy');
    assert.equal(await bench.dial(), 'spdy -> spdy');
  });

  for (const failure of [noAnswer(), refusal(503), noAnswer(new Error('socket hang up'))]) {
    test(`is the default again in a spare's dial 60 s after ${failure.message}`, async () => {
      const bench = new Bench({ spdy: failure });
      await bench.dial();
      bench.answers = {};
      bench.clock.advance(59_999);
      assert.equal(await bench.dial({ isSpare: true }), 'websocket -> websocket');
      assert.equal(bench.dialer.isBetterDue('websocket'), false);
      bench.clock.advance(1);
      assert.equal(bench.dialer.isBetterDue('websocket'), true);
      assert.equal(bench.dialer.isBetterDue('spdy'), false);
      assert.equal(await bench.dial(), 'websocket -> websocket', 'nobody waits for what may be silent');
      assert.equal(await bench.dial({ isSpare: true }), 'spdy -> spdy');
      assert.equal(await bench.dial(), 'spdy -> spdy', 'which worked last does not count');
    });
  }

  test('sets a transport that stays silent aside for 60 s each time', async () => {
    const bench = new Bench({ spdy: noAnswer() });
    await bench.dial();
    for (let minute = 0; minute < 3; minute++) {
      bench.clock.advance(60_000);
      assert.equal(await bench.dial({ isSpare: true }), 'spdy websocket -> websocket');
      assert.equal(await bench.dial({ isSpare: true }), 'websocket -> websocket');
    }
  });

  test('is the default for a server that was silent on every transport', async () => {
    const silent = { spdy: noAnswer(), websocket: noAnswer(), channel: noAnswer() };
    const bench = new Bench(silent);
    assert.equal(await bench.dial(), 'spdy websocket channel -> UPGRADE_REFUSED');
    bench.answers = {};
    assert.equal(await bench.dial(), 'spdy -> spdy');
  });
});

suite('the memory of a server', () => {
  for (const status of [101, 200, 400, 404, 405, 426, 501, 502]) {
    test(`keeps a ${status}, a refusal of the protocol, for the next forward`, async () => {
      const memory = new TransportMemory();
      const answers = { spdy: refusal(status) };
      assert.equal(await new Bench(answers, { memory }).dial(), 'spdy websocket -> websocket');
      assert.equal(await new Bench(answers, { memory }).dial(), 'websocket -> websocket');
    });
  }

  test('sets a silent transport aside for 60 s for the next forward too, without a refusal', async () => {
    const memory = new TransportMemory();
    await new Bench({ spdy: noAnswer() }, { memory }).dial();
    const next = new Bench({}, { memory });
    assert.equal(await next.dial(), 'websocket -> websocket');
    next.clock.advance(60_000);
    assert.equal(await next.dial({ isSpare: true }), 'spdy -> spdy');
    assert.equal(await new Bench({}, { memory }).dial(), 'spdy -> spdy');
  });

  for (const [what, spdy] of [
    ...[429, 500, 503, 504].map((status) => [`a ${status}, which is temporary`, refusal(status)] as const),
    ['a broken connection', noAnswer(new Error('socket hang up'))],
    ["a missing right, which is the user's", forbidden('create')],
  ] as const) {
    test(`does not keep ${what}`, async () => {
      const memory = new TransportMemory();
      assert.equal(await new Bench({ spdy }, { memory }).dial(), 'spdy websocket -> websocket');
      assert.equal(await new Bench({}, { memory }).dial(), 'spdy -> spdy');
    });
  }

  test('puts a refused transport last, for use if nothing else is left', async () => {
    const memory = new TransportMemory();
    memory.remember('spdy');
    const bench = new Bench({ websocket: refusal(400) }, { memory, order: ['spdy', 'websocket'] });
    assert.equal(await bench.dial(), 'websocket spdy -> spdy');
  });
});

suite('the channel', () => {
  test('needs the verb of the WebSocket, and is not tried without it', async () => {
    const bench = new Bench({ spdy: refusal(400), websocket: forbidden('get') });
    assert.equal(await bench.dial(), 'spdy websocket -> FORBIDDEN');
  });

  test('does not replace a WebSocket that is refused only for now', async () => {
    for (const passing of [refusal(429), refusal(503), noAnswer(new Error('socket hang up'))]) {
      const bench = new Bench({ spdy: passing, websocket: passing });
      assert.equal(await bench.dial(), 'spdy websocket -> UPGRADE_REFUSED');
    }
  });
});

suite('the end of a dial', () => {
  for (const code of ['POD_NOT_FOUND', 'UNAUTHORIZED', 'UNREACHABLE', 'TLS', 'PROXY_FAILED'] as const) {
    test(`is final for ${code}`, async () => {
      const bench = new Bench({ spdy: new CodedError(code) });
      assert.equal(await bench.dial(), `spdy -> ${code}`);
      assert.deepEqual(bench.refused, []);
    });
  }

  test('is final for an abort', async () => {
    const bench = new Bench({ spdy: new Error('enough') });
    assert.equal(await bench.dial(), 'spdy -> Error: enough');
  });

  test('gives a viewer one error that names both verbs', async () => {
    const bench = new Bench({ spdy: forbidden('create', 'RBAC: no'), websocket: forbidden('get') });
    const error = await bench.error();
    assert.equal(error.code, 'FORBIDDEN');
    assert.equal(
      error.message,
      'user "jane" cannot get or create pods/portforward in namespace "demo" (RBAC: no): ask your administrator for a role with verbs: ["get", "create"], resources: ["pods/portforward"]',
    );
  });

  test('names the verb that a user lacks for every transport', async () => {
    const error = await new Bench({ spdy: forbidden('create'), websocket: forbidden('create') }).error();
    assert.match(error.message, /cannot create pods.*verbs: \["create"\]/);
  });

  test('reports a missing right before a refused protocol', async () => {
    const error = await new Bench({ spdy: forbidden('create'), websocket: refusal(503) }).error();
    assert.equal(error.code, 'FORBIDDEN');
    assert.match(error.message, /cannot create/);
  });

  test('reports the last of refused protocols only', async () => {
    const bench = new Bench({ spdy: refusal(400), websocket: refusal(503) });
    assert.equal((await bench.error()).arguments['status'], 503);
  });
});
