import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exponentialBackoff } from '../../../src/base/backoff.ts';
import { CodedError, type ErrorCode } from '../../../src/base/errors.ts';
import type { ForwardNotice } from '../../../src/kinds/forwardNotice.ts';
import { StatusError } from '../../../src/rest/statusError.ts';
import type {
  PodChange,
  SessionEffect,
  SessionEvent,
  SessionModel,
  SessionRules,
} from '../../../src/session/state.ts';
import { beginSession, transition } from '../../../src/session/transition.ts';

const RULES: SessionRules = {
  reconnects: true,
  retriesFirstAttempt: true,
  backoff: exponentialBackoff({ firstMs: 500, maxMs: 30_000, random: () => 1 }),
  waitForTargetMs: 600_000,
};
const COUNTERS = { open: 0, total: 2, failed: 1, bytesSent: 3, bytesReceived: 4 };
const POD = { namespace: 'demo', name: 'web-1' };

/** Drives the machine by short events, and records the results in short form. */
class Machine {
  #model: SessionModel;
  readonly #rules: SessionRules;
  nowMs = 0;
  /** The effects of the last event: `attempt 2`, `setTimer 500`. */
  effects: readonly string[] = [];
  /** The notices so far: `reconnecting POD_GONE, attempt 1 in 0`. */
  readonly told: string[] = [];

  constructor(rules: Partial<SessionRules> = {}) {
    this.#rules = { ...RULES, ...rules };
    const { model, effects } = beginSession(this.#rules);
    this.#model = model;
    this.#take(effects);
  }

  get state(): string {
    const { state } = this.#model;
    if (state.type === 'reconnecting') return `reconnecting ${state.step.type} ${state.error.code}`;
    if (state.type === 'ready' && !state.isPodReady) return 'ready (pod not ready)';
    return state.type === 'failed' ? `failed ${state.error.code}` : state.type;
  }

  get error(): CodedError | undefined {
    const { state } = this.#model;
    return 'error' in state ? state.error : undefined;
  }

  get failures(): number {
    return this.#model.failures;
  }

  get attempt(): number {
    return this.#model.lastAttempt;
  }

  send(event: SessionEvent): this {
    const { model, effects } = transition(this.#model, event, this.#rules);
    this.#model = model;
    this.#take(effects);
    return this;
  }

  connect(isPodReady = true, attempt = this.attempt): this {
    return this.send({
      type: 'connected',
      attempt,
      pod: POD,
      transport: 'spdy',
      addresses: [],
      isPodReady,
      nowMs: this.nowMs,
    });
  }

  fail(
    error: ErrorCode | CodedError,
    phase: 'resolving' | 'connecting' | 'connected' = 'connecting',
    attempt = this.attempt,
  ): this {
    const coded = typeof error === 'string' ? new CodedError(error) : error;
    return this.send({ type: 'ended', attempt, phase, error: coded, nowMs: this.nowMs });
  }

  lose(): this {
    return this.fail('LOST_CONNECTION', 'connected');
  }

  pod(change: PodChange, attempt = this.attempt): this {
    return this.send({ type: 'pod', attempt, change, name: POD.name, nowMs: this.nowMs });
  }

  #take(effects: readonly SessionEffect[]): void {
    this.told.push(
      ...effects.flatMap((effect) => (effect.type === 'tell' ? noticeInShort(effect.notice) : [])),
    );
    this.effects = effects.flatMap((effect) => (effect.type === 'tell' ? [] : inShort(effect)));
  }

  later(ms: number): this {
    this.nowMs += ms;
    return this;
  }
}

function inShort(effect: {
  readonly type: string;
  readonly attempt?: number;
  readonly delayMs?: number;
}): string {
  const detail = effect.attempt ?? effect.delayMs;
  return detail === undefined ? effect.type : `${effect.type} ${detail}`;
}

function noticeInShort(notice: ForwardNotice): string {
  switch (notice.type) {
    case 'reconnecting':
      return `reconnecting ${notice.error.code}, attempt ${notice.attempt} in ${notice.delayMs}`;
    case 'failed':
      return `failed ${notice.error.code}`;
    case 'ready':
      return `ready${notice.isFirst ? ' first' : ''}${notice.isPodReady ? '' : ', pod not ready'}`;
    case 'stopped':
      return `stopped after ${notice.counters.total}`;
    default:
      return notice.type;
  }
}

const podNotFound = () => new CodedError('POD_NOT_FOUND', { name: 'web-1', namespace: 'demo' });
const ready = (rules?: Partial<SessionRules>) => new Machine(rules).connect().later(5_000);

/** Rows of a machine, an event, and the expected result. */
const TABLE: readonly [string, () => Machine, string, readonly string[]][] = [
  ['begins with an attempt', () => new Machine(), 'starting', ['attempt 1']],
  ['a tunnel to a ready pod', () => new Machine().connect(), 'ready', []],
  [
    'a tunnel to a pod that is not ready, where the target never had a ready one: ready, with a warning',
    () => new Machine().connect(false),
    'ready (pod not ready)',
    [],
  ],
  [
    'such a pod becomes ready: the warning goes',
    () => new Machine().connect(false).pod('ready'),
    'ready',
    [],
  ],
  [
    'such a pod is still not ready: nothing changes',
    () => new Machine().connect(false).pod('unready').pod('restarted'),
    'ready (pod not ready)',
    [],
  ],
  [
    'such a pod, and another one is ready: new connections go there',
    () => new Machine().connect(false).pod('superseded'),
    'reconnecting attempting POD_NOT_READY',
    ['drain 1', 'attempt 2'],
  ],
  [
    'such a pod is gone: the next one is looked for',
    () => new Machine().connect(false).pod('gone'),
    'reconnecting attempting POD_GONE',
    ['drain 1', 'attempt 2'],
  ],
  [
    'a tunnel to a pod that is not ready, where the target had a ready one: reconnecting, traffic passes',
    () => ready().pod('gone').connect(false),
    'reconnecting unready POD_NOT_READY',
    [],
  ],
  [
    'that pod becomes ready',
    () => ready().pod('gone').connect(false).pod('unready').pod('restarted').pod('ready'),
    'ready',
    [],
  ],
  [
    'the target leads elsewhere: new connections go there, open ones finish',
    () => ready().pod('unselected'),
    'reconnecting attempting TARGET_CHANGED',
    ['drain 1', 'attempt 2'],
  ],
  [
    'an old attempt is not heard',
    () => ready().pod('terminating').connect(true, 1).fail('FORBIDDEN', 'connected', 1).pod('gone', 1),
    'reconnecting attempting POD_TERMINATING',
    [],
  ],

  // What ends a tunnel
  [
    'a lost tunnel asks for the server',
    () => ready().lose(),
    'reconnecting probing LOST_CONNECTION',
    ['probe'],
  ],
  [
    'which is there',
    () => ready().lose().send({ type: 'reachable' }),
    'reconnecting attempting LOST_CONNECTION',
    ['stopProbe', 'attempt 2'],
  ],
  [
    'or says why it is not',
    () =>
      ready()
        .lose()
        .send({ type: 'unreachable', error: new CodedError('UNREACHABLE') }),
    'reconnecting probing UNREACHABLE',
    [],
  ],
  [
    'a tunnel lost at once is not asked for at once',
    () => new Machine().connect().later(200).lose(),
    'reconnecting waiting LOST_CONNECTION',
    ['setTimer 500'],
  ],
  [
    'and then the server is asked first',
    () => new Machine().connect().later(200).lose().send({ type: 'timer' }),
    'reconnecting probing LOST_CONNECTION',
    ['clearTimer', 'probe'],
  ],
  [
    'a pod that is about to end is left, what is open on it is not',
    () => ready().pod('terminating'),
    'reconnecting attempting POD_TERMINATING',
    ['drain 1', 'attempt 2'],
  ],
  [
    'a pod that is about to end serves on where no target is waited for',
    () => ready({ waitForTargetMs: 0 }).pod('terminating'),
    'ready',
    [],
  ],
  [
    'and is left once it is gone',
    () => ready({ waitForTargetMs: 0 }).pod('terminating').pod('gone'),
    'reconnecting attempting POD_GONE',
    ['drain 1', 'attempt 2'],
  ],
  [
    'so is one that is not ready',
    () => ready().pod('unready'),
    'reconnecting attempting POD_NOT_READY',
    ['drain 1', 'attempt 2'],
  ],
  [
    'or has restarted',
    () => ready().pod('restarted'),
    'reconnecting attempting CONTAINER_RESTARTED',
    ['drain 1', 'attempt 2'],
  ],
  ['or is gone', () => ready().pod('gone'), 'reconnecting attempting POD_GONE', ['drain 1', 'attempt 2']],
  ['ready it stays', () => ready().pod('ready'), 'ready', []],

  // Sleep
  [
    'after a sleep the tunnel is tried anew',
    () => ready().send({ type: 'woke' }),
    'reconnecting probing MACHINE_SLEPT',
    ['drain 1', 'probe'],
  ],
  [
    'a sleep while it starts begins again',
    () => new Machine().send({ type: 'woke' }),
    'starting',
    ['cancel 1', 'attempt 2'],
  ],
  [
    'a sleep while it waits asks at once',
    () => ready().pod('gone').fail('NO_READY_POD', 'resolving').send({ type: 'woke' }),
    'reconnecting probing NO_READY_POD',
    ['clearTimer', 'probe'],
  ],
  [
    'a sleep does not wake what has failed',
    () => new Machine().fail('FORBIDDEN').send({ type: 'woke' }),
    'failed FORBIDDEN',
    [],
  ],

  // Attempts that fail
  [
    'no ready pod: wait',
    () => ready().pod('gone').fail('NO_READY_POD', 'resolving'),
    'reconnecting waiting NO_READY_POD',
    ['setTimer 500'],
  ],
  [
    'cut short by one that is seen',
    () => ready().pod('gone').fail('NO_READY_POD', 'resolving').send({ type: 'targetSeen' }),
    'reconnecting attempting NO_READY_POD',
    ['clearTimer', 'attempt 3'],
  ],
  ['which is of no use while ready', () => ready().send({ type: 'targetSeen' }), 'ready', []],
  [
    'gone between choosing and reaching: choose again',
    () => ready().pod('gone').fail('POD_NOT_FOUND', 'connecting'),
    'reconnecting waiting POD_NOT_FOUND',
    ['setTimer 500'],
  ],
  [
    'the target is gone: it is waited for',
    () => ready().pod('gone').fail(podNotFound(), 'resolving'),
    'reconnecting waiting WAITING_FOR_TARGET',
    ['setTimer 500'],
  ],
  [
    'it comes back: another try at once',
    () => ready().pod('gone').fail(podNotFound(), 'resolving').send({ type: 'targetSeen' }),
    'reconnecting attempting WAITING_FOR_TARGET',
    ['clearTimer', 'attempt 3'],
  ],
  [
    'the target is gone, and it is not to be waited for: failed',
    () => ready({ waitForTargetMs: 0 }).pod('gone').fail(podNotFound(), 'resolving'),
    'failed POD_NOT_FOUND',
    ['release'],
  ],
  [
    'a target that never was: failed',
    () => new Machine().fail(podNotFound(), 'resolving'),
    'failed POD_NOT_FOUND',
    ['release'],
  ],
  [
    'a target that was there, and is not when the user restarts: failed',
    () => ready().send({ type: 'retry' }).fail(podNotFound(), 'resolving'),
    'failed POD_NOT_FOUND',
    ['release'],
  ],
  [
    'a right that is taken away: asked again',
    () => ready().lose().send({ type: 'reachable' }).fail('FORBIDDEN'),
    'reconnecting waiting FORBIDDEN',
    ['setTimer 500'],
  ],
  [
    'credentials that are refused, again and again: a person may sign in',
    () =>
      ready()
        .lose()
        .send({ type: 'reachable' })
        .fail('UNAUTHORIZED')
        .send({ type: 'timer' })
        .fail('UNAUTHORIZED'),
    'reconnecting waiting UNAUTHORIZED',
    ['setTimer 1000'],
  ],
  [
    'a sign-in that fails in the background',
    () => ready().lose().send({ type: 'reachable' }).fail('CREDENTIALS_FAILED', 'resolving'),
    'reconnecting waiting CREDENTIALS_FAILED',
    ['setTimer 500'],
  ],
  [
    'a person has signed in: another try at once',
    () =>
      ready()
        .lose()
        .send({ type: 'reachable' })
        .fail('CREDENTIALS_FAILED', 'resolving')
        .send({ type: 'targetSeen' }),
    'reconnecting attempting CREDENTIALS_FAILED',
    ['clearTimer', 'attempt 3'],
  ],
  [
    'a sign-in that fails at the start: failed',
    () => new Machine().fail('CREDENTIALS_FAILED', 'resolving'),
    'failed CREDENTIALS_FAILED',
    ['release'],
  ],
  [
    'credentials refused at the start',
    () => new Machine().fail('UNAUTHORIZED'),
    'failed UNAUTHORIZED',
    ['release'],
  ],
  ['a port that is taken', () => new Machine().fail('PORT_IN_USE'), 'failed PORT_IN_USE', ['release']],
  ['a certificate at the start', () => new Machine().fail('TLS'), 'failed TLS', ['release']],
  [
    'a certificate later may be a hotel that wants a sign-in',
    () => ready().lose().send({ type: 'reachable' }).fail('TLS'),
    'reconnecting waiting TLS',
    ['setTimer 500'],
  ],
  [
    'a kubeconfig at the start',
    () => new Machine().fail('KUBECONFIG_INVALID'),
    'failed KUBECONFIG_INVALID',
    ['release'],
  ],
  [
    'a kubeconfig later may be half written',
    () => ready().pod('gone').fail('KUBECONFIG_INVALID'),
    'reconnecting waiting KUBECONFIG_INVALID',
    ['setTimer 500'],
  ],
  [
    'a server that is not there, at the start',
    () => new Machine().fail('UNREACHABLE'),
    'reconnecting waiting UNREACHABLE',
    ['setTimer 500'],
  ],
  [
    'then it is asked for',
    () => new Machine().fail('UNREACHABLE').send({ type: 'timer' }),
    'reconnecting probing UNREACHABLE',
    ['clearTimer', 'probe'],
  ],
  [
    'the user does not wait',
    () => new Machine().fail('UNREACHABLE').send({ type: 'retry' }),
    'starting',
    ['clearTimer', 'attempt 2'],
  ],

  // Rules
  [
    'at a terminal the first failure is final',
    () => new Machine({ retriesFirstAttempt: false }).fail('UNREACHABLE'),
    'failed UNREACHABLE',
    ['release'],
  ],
  [
    'but a pod that was reached counts, ready or not',
    () => new Machine({ retriesFirstAttempt: false }).connect(false).later(2_000).lose(),
    'reconnecting probing LOST_CONNECTION',
    ['probe'],
  ],
  [
    'without reconnecting so is every other',
    () => ready({ reconnects: false }).lose(),
    'failed LOST_CONNECTION',
    ['release'],
  ],
  [
    'and nobody looks at the pod',
    () => ready({ reconnects: false }).pod('terminating').send({ type: 'woke' }),
    'ready',
    [],
  ],
  [
    'but a pod that is gone ends it, as nothing can pass any more',
    () => ready({ reconnects: false }).pod('gone'),
    'failed LOST_CONNECTION',
    ['release'],
  ],

  // The end
  ['stop', () => ready().send({ type: 'stop' }), 'stopping', ['cancel 1', 'close']],
  [
    'stop while it waits',
    () => ready().pod('gone').fail('NO_READY_POD').send({ type: 'stop' }),
    'stopping',
    ['clearTimer', 'close'],
  ],
  ['stop while it asks', () => ready().lose().send({ type: 'stop' }), 'stopping', ['stopProbe', 'close']],
  [
    'stop what has failed',
    () => new Machine().fail('FORBIDDEN').send({ type: 'stop' }),
    'stopping',
    ['close'],
  ],
  [
    'stopped',
    () => ready().send({ type: 'stop' }).send({ type: 'closed', counters: COUNTERS }),
    'stopped',
    [],
  ],
  [
    'and nothing more',
    () =>
      ready()
        .send({ type: 'stop' })
        .send({ type: 'closed', counters: COUNTERS })
        .send({ type: 'retry' })
        .lose(),
    'stopped',
    [],
  ],
  [
    'nothing while it stops either',
    () => ready().send({ type: 'stop' }).send({ type: 'retry' }),
    'stopping',
    [],
  ],
  [
    'retry what has failed',
    () => new Machine().fail('FORBIDDEN').send({ type: 'retry' }),
    'starting',
    ['attempt 2'],
  ],
  ['restart what is ready', () => ready().send({ type: 'retry' }), 'starting', ['cancel 1', 'attempt 2']],
];

for (const [name, arrange, state, effects] of TABLE) {
  test(name, () => {
    const machine = arrange();
    assert.equal(machine.state, state);
    assert.deepEqual(machine.effects, effects);
  });
}

/** A machine, and all that it tells. */
const TOLD: readonly [string, () => Machine, readonly string[]][] = [
  [
    'a session tells its start, that traffic passes, and its end with the counters',
    () => ready().send({ type: 'stop' }).send({ type: 'closed', counters: COUNTERS }),
    ['starting', 'ready first', 'stopped after 2'],
  ],
  [
    'a session tells why it reconnects, once for each reason, with the pause before the next attempt',
    () =>
      ready()
        .pod('gone')
        .fail('NO_READY_POD', 'resolving')
        .send({ type: 'timer' })
        .fail('NO_READY_POD', 'resolving')
        .send({ type: 'timer' })
        .connect(),
    [
      'starting',
      'ready first',
      'reconnecting POD_GONE, attempt 1 in 0',
      'reconnecting NO_READY_POD, attempt 2 in 500',
      'reconnecting NO_READY_POD, attempt 3 in 1000',
      'ready',
    ],
  ],
  [
    'a session tells once why a target is waited for',
    () =>
      ready()
        .pod('gone')
        .fail(podNotFound(), 'resolving')
        .send({ type: 'timer' })
        .fail(podNotFound(), 'resolving'),
    [
      'starting',
      'ready first',
      'reconnecting POD_GONE, attempt 1 in 0',
      'reconnecting WAITING_FOR_TARGET, attempt 2 in 500',
    ],
  ],
  [
    'a session tells a new reason of a server that is asked for',
    () =>
      ready()
        .lose()
        .send({ type: 'unreachable', error: new CodedError('UNREACHABLE') }),
    [
      'starting',
      'ready first',
      'reconnecting LOST_CONNECTION, attempt 1 in 0',
      'reconnecting UNREACHABLE, attempt 1 in 0',
    ],
  ],
  [
    'a session tells that a pod is not ready with the connection, and then that it has become ready',
    () => new Machine().connect(false).pod('ready').pod('ready'),
    ['starting', 'ready first, pod not ready', 'podReady'],
  ],
  [
    'a session that reconnects to a pod that is not ready tells so once, and that it has become ready',
    () => ready().pod('gone').connect(false).pod('ready'),
    ['starting', 'ready first', 'reconnecting POD_GONE, attempt 1 in 0', 'ready, pod not ready', 'podReady'],
  ],
  [
    'a session tells why it failed, and after a restart of the user that traffic passes for the first time',
    () => new Machine().fail('FORBIDDEN').send({ type: 'retry' }).connect(),
    ['starting', 'failed FORBIDDEN', 'ready first'],
  ],
  [
    'a session tells nothing of an attempt that is not the present one',
    () => ready().pod('terminating').connect(true, 1),
    ['starting', 'ready first', 'reconnecting POD_TERMINATING, attempt 1 in 0'],
  ],
];

for (const [name, arrange, told] of TOLD) test(name, () => assert.deepEqual(arrange().told, told));

test('each failure doubles the pause up to 30 s, and a tunnel resets it', () => {
  const machine = ready().pod('gone');
  const pauses: string[] = [];
  for (let failure = 1; failure <= 8; failure++) {
    machine.fail('NO_READY_POD', 'resolving');
    pauses.push(...machine.effects);
    assert.equal(machine.failures, failure);
    machine.send({ type: 'timer' });
  }
  assert.deepEqual(
    pauses,
    [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].map((ms) => `setTimer ${ms}`),
  );
  machine.connect();
  assert.equal(machine.failures, 0);
  machine.pod('gone').fail('NO_READY_POD', 'resolving');
  assert.deepEqual(machine.effects, ['setTimer 500']);
});

test('a server that accepts and hangs up is asked every 2 s, until a tunnel has lasted', () => {
  const machine = new Machine();
  const pauses: string[] = [];
  for (let loss = 1; loss <= 4; loss++) {
    machine.connect().later(10).lose();
    pauses.push(...machine.effects);
    machine.send({ type: 'timer' }).send({ type: 'reachable' });
  }
  assert.deepEqual(pauses, ['setTimer 500', 'setTimer 1000', 'setTimer 2000', 'setTimer 2000']);
  machine.connect().later(1_000).lose();
  assert.deepEqual(machine.effects, ['probe']);
  machine.send({ type: 'reachable' }).connect().later(10).lose();
  assert.deepEqual(machine.effects, ['setTimer 500']);
});

test('an overloaded server is probed, and a refusal of the request is final at the start', () => {
  const answer = (code: number) =>
    new StatusError({ code, message: '' }, 'API_ERROR', { server: '', status: code, reason: '' });
  for (const code of [429, 500, 503]) {
    assert.equal(
      new Machine().fail(answer(code)).send({ type: 'timer' }).state,
      'reconnecting probing API_ERROR',
    );
  }
  for (const code of [400, 404, 410])
    assert.equal(new Machine().fail(answer(code)).state, 'failed API_ERROR');
  const later = ready().pod('gone').fail(answer(404), 'resolving');
  assert.equal(later.state, 'reconnecting waiting API_ERROR');
});

/** Fails each attempt at its time until the machine gives up, and returns the duration. */
function timeToFailure(machine: Machine, error: () => CodedError): number {
  const startMs = machine.nowMs;
  for (let tries = 1; tries <= 100; tries++) {
    machine.fail(error(), 'resolving');
    if (machine.state.startsWith('failed')) break;
    const [delayMs] = machine.effects.map((effect) => Number(effect.split(' ')[1]));
    machine.later(delayMs ?? 0).send({ type: 'timer' });
  }
  return machine.nowMs - startMs;
}

test('a deleted target is waited for as long as the rule says, with a last try at the end', () => {
  const machine = ready().pod('gone');
  assert.equal(timeToFailure(machine, podNotFound), 600_000);
  assert.equal(machine.state, 'failed POD_NOT_FOUND');
  assert.equal(timeToFailure(ready({ waitForTargetMs: 30_000 }).pod('gone'), podNotFound), 30_000);
});

test('a missing right fails the session after 10 minutes, whatever the wait for a target', () => {
  const forbidden = () => new CodedError('FORBIDDEN');
  assert.equal(timeToFailure(ready({ waitForTargetMs: 0 }).pod('gone'), forbidden), 600_000);
});

test('a target that returned and disappeared again gets a new wait', () => {
  const machine = ready().pod('gone').fail(podNotFound(), 'resolving').later(599_000).send({ type: 'timer' });
  machine.connect().later(5_000).pod('gone');
  assert.equal(timeToFailure(machine, podNotFound), 600_000);
});

test('refused credentials never fail the session', () => {
  const machine = ready().pod('gone');
  timeToFailure(machine, () => new CodedError('CREDENTIALS_FAILED'));
  assert.match(machine.state, /^reconnecting attempting/);
});

test('the missing target is reported once by kind and name', () => {
  const told = new Set<unknown>();
  const machine = ready().pod('gone');
  const args = { kind: 'deployment', name: 'web', namespace: 'demo' };
  for (let tries = 1; tries <= 3; tries++) {
    machine.fail(new CodedError('TARGET_NOT_FOUND', args), 'resolving');
    told.add(machine.error);
    machine.send({ type: 'timer' });
  }
  assert.deepEqual(
    [...told].map((error) => (error as CodedError).message),
    ['waiting for deployment/web to come back'],
  );
});
