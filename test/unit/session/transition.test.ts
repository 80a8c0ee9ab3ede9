import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exponentialBackoff } from '../../../src/base/backoff.ts';
import { CodedError, type ErrorCode } from '../../../src/base/errors.ts';
import { NO_TRAFFIC } from '../../../src/kinds/forwardCounters.ts';
import type { ForwardNotice } from '../../../src/kinds/forwardNotice.ts';
import { StatusError } from '../../../src/rest/statusError.ts';
import type {
  AttemptPhase,
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
const COUNTERS = { ...NO_TRAFFIC, total: 2 };
const POD = { namespace: 'demo', name: 'web-1' };

/** A session's state machine. Takes short events, and records the effects and notices as short texts. */
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
    phase: AttemptPhase = 'connecting',
    attempt = this.attempt,
    isUnread = false,
  ): this {
    const coded = typeof error === 'string' ? new CodedError(error) : error;
    return this.send({ type: 'ended', attempt, phase, error: coded, isUnread, nowMs: this.nowMs });
  }

  lose(): this {
    return this.fail('LOST_CONNECTION', 'connected');
  }

  pod(change: PodChange, attempt = this.attempt): this {
    return this.send({ type: 'pod', attempt, change, name: POD.name, nowMs: this.nowMs });
  }

  #take(effects: readonly SessionEffect[]): void {
    this.told.push(
      ...effects.flatMap((effect) => (effect.type === 'notify' ? noticeInShort(effect.notice) : [])),
    );
    this.effects = effects.flatMap((effect) => (effect.type === 'notify' ? [] : inShort(effect)));
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

/**
 * Each case has a title, and below it the events, an arrow, the final state, and after `+` the effects of the last
 * event. Before the events, `without ...:` can change the rules. `#1` means that an event belongs to the first attempt.
 */
const TABLE = `
a session begins with an attempt:
  nothing → starting + attempt 1
a tunnel to a ready pod makes the session ready:
  connect → ready
a tunnel to an unready pod makes the session ready with a warning if the target never had a ready pod:
  connect unready → ready (pod not ready)
the warning ends when the pod becomes ready:
  connect unready, pod ready → ready
the warning stays while the pod is unready, also when its container restarts:
  connect unready, pod unready, pod restarted → ready (pod not ready)
a first pod that is unready is left when another pod is ready:
  connect unready, pod superseded → reconnecting attempting POD_NOT_READY + drain 1, attempt 2
a first pod that is unready is left when it is gone:
  connect unready, pod gone → reconnecting attempting POD_GONE + drain 1, attempt 2
a tunnel to an unready pod leaves the session reconnecting if the target had a ready pod before:
  ready, pod gone, connect unready → reconnecting unready POD_NOT_READY
the session is ready again when that pod becomes ready:
  ready, pod gone, connect unready, pod unready, pod restarted, pod ready → ready
a pod that the target no longer selects is left, and its open connections finish:
  ready, pod unselected → reconnecting attempting TARGET_CHANGED + drain 1, attempt 2
events of an earlier attempt change nothing:
  ready, pod terminating, connect #1, fail FORBIDDEN connected #1, pod gone #1 → reconnecting attempting POD_TERMINATING

# What ends a tunnel
a lost tunnel starts a probe of the server:
  ready, lose → reconnecting probing LOST_CONNECTION + probe
a server that answers the probe leads to an attempt:
  ready, lose, reachable → reconnecting attempting LOST_CONNECTION + stopProbe, attempt 2
a server that does not answer the probe gives the error to show:
  ready, lose, unreachable → reconnecting probing UNREACHABLE
a tunnel that is lost at once leads to a pause before the probe:
  connect, later 200, lose → reconnecting waiting LOST_CONNECTION + setTimer 500
a tunnel to an unready pod that is lost at once leads to a pause before the probe too:
  ready, pod gone, connect unready, later 200, lose → reconnecting waiting LOST_CONNECTION + setTimer 500
a tunnel to an unready pod that has lasted starts a probe when it is lost:
  ready, pod gone, connect unready, later 1000, lose → reconnecting probing LOST_CONNECTION + probe
a tunnel that has lasted starts a probe when it is lost just after its pod became ready:
  ready, pod gone, connect unready, later 1000, pod ready, lose → reconnecting probing LOST_CONNECTION + probe
the probe follows the pause:
  connect, later 200, lose, timer → reconnecting probing LOST_CONNECTION + clearTimer, probe
a terminating pod is left, and its open connections finish:
  ready, pod terminating → reconnecting attempting POD_TERMINATING + drain 1, attempt 2
a terminating pod keeps serving if no target is waited for:
  without a wait: ready, pod terminating → ready
a terminating pod is left once it is gone if no target is waited for:
  without a wait: ready, pod terminating, pod gone → reconnecting attempting POD_GONE + drain 1, attempt 2
a pod that becomes unready is left:
  ready, pod unready → reconnecting attempting POD_NOT_READY + drain 1, attempt 2
a pod whose container restarts is left:
  ready, pod restarted → reconnecting attempting CONTAINER_RESTARTED + drain 1, attempt 2
a pod that is gone is left:
  ready, pod gone → reconnecting attempting POD_GONE + drain 1, attempt 2
a pod in which a new connection failed is left:
  connect, later 10000, pod doubtful → reconnecting attempting LOST_CONNECTION + drain 1, attempt 2
a pod in which a new connection failed soon is kept, because connections may fail often:
  connect, later 9999, pod doubtful → ready
an unready pod in which a new connection failed soon is kept too:
  ready, pod gone, connect unready, later 9999, pod doubtful → reconnecting unready POD_NOT_READY
a ready pod that is ready again changes nothing:
  ready, pod ready → ready

# Sleep
a sleep while ready leads to a probe and a new tunnel:
  ready, woke → reconnecting probing MACHINE_SLEPT + drain 1, probe
a sleep while starting begins another attempt:
  woke → starting + cancel 1, attempt 2
a sleep while waiting ends the pause with a probe:
  ready, pod gone, fail NO_READY_POD resolving, woke → reconnecting probing NO_READY_POD + clearTimer, probe
a sleep leaves a failed session failed:
  fail FORBIDDEN, woke → failed FORBIDDEN

# Attempts that fail
an attempt without a ready pod leads to a pause:
  ready, pod gone, fail NO_READY_POD resolving → reconnecting waiting NO_READY_POD + setTimer 500
a target that is seen ends the pause with an attempt:
  ready, pod gone, fail NO_READY_POD resolving, targetSeen → reconnecting attempting NO_READY_POD + clearTimer, attempt 3
a target that is seen while ready changes nothing:
  ready, targetSeen → ready
a pod that goes between choice and connection leads to another choice after a pause:
  ready, pod gone, fail POD_NOT_FOUND connecting → reconnecting waiting POD_NOT_FOUND + setTimer 500
a pod whose existence only the connection can show counts as a target that is gone if the server does not find it:
  ready, pod gone, fail POD_NOT_FOUND connecting unread → reconnecting waiting WAITING_FOR_TARGET + setTimer 500
such a pod that never existed fails the session:
  fail POD_NOT_FOUND connecting unread → failed POD_NOT_FOUND + release
such a pod that is deleted while it is connected starts a probe of the server:
  ready, fail POD_NOT_FOUND connected unread → reconnecting probing POD_NOT_FOUND + probe
a target that is gone is waited for:
  ready, pod gone, fail POD_NOT_FOUND resolving → reconnecting waiting WAITING_FOR_TARGET + setTimer 500
a target that comes back leads to an attempt at once:
  ready, pod gone, fail POD_NOT_FOUND resolving, targetSeen → reconnecting attempting WAITING_FOR_TARGET + clearTimer, attempt 3
a target that is gone fails the session if no target is waited for:
  without a wait: ready, pod gone, fail POD_NOT_FOUND resolving → failed POD_NOT_FOUND + release
a target that never existed fails the session:
  fail POD_NOT_FOUND resolving → failed POD_NOT_FOUND + release
a target that is gone when the user restarts fails the session:
  ready, retry, fail POD_NOT_FOUND resolving → failed POD_NOT_FOUND + release
a right that is taken away leads to another attempt after a pause:
  ready, lose, reachable, fail FORBIDDEN → reconnecting waiting FORBIDDEN + setTimer 500
credentials that are refused again and again lead to further attempts, because a person may sign in:
  ready, lose, reachable, fail UNAUTHORIZED, timer, fail UNAUTHORIZED → reconnecting waiting UNAUTHORIZED + setTimer 1000
a sign-in that fails in the background leads to another attempt after a pause:
  ready, lose, reachable, fail CREDENTIALS_FAILED resolving → reconnecting waiting CREDENTIALS_FAILED + setTimer 500
a sign-in by a person leads to an attempt at once:
  ready, lose, reachable, fail CREDENTIALS_FAILED resolving, targetSeen → reconnecting attempting CREDENTIALS_FAILED + clearTimer, attempt 3
a sign-in that fails at the start fails the session:
  fail CREDENTIALS_FAILED resolving → failed CREDENTIALS_FAILED + release
credentials that are refused at the start fail the session:
  fail UNAUTHORIZED → failed UNAUTHORIZED + release
a local port that is taken fails the session:
  fail PORT_IN_USE → failed PORT_IN_USE + release
an untrusted certificate at the start fails the session:
  fail TLS → failed TLS + release
an untrusted certificate later leads to a pause, because it may be the sign-in page of a hotel:
  ready, lose, reachable, fail TLS → reconnecting waiting TLS + setTimer 500
an invalid kubeconfig at the start fails the session:
  fail KUBECONFIG_INVALID → failed KUBECONFIG_INVALID + release
an invalid kubeconfig later leads to a pause, because it may be half written:
  ready, pod gone, fail KUBECONFIG_INVALID → reconnecting waiting KUBECONFIG_INVALID + setTimer 500
an unreachable server at the start leads to a pause:
  fail UNREACHABLE → reconnecting waiting UNREACHABLE + setTimer 500
an unreachable server is probed after the pause:
  fail UNREACHABLE, timer → reconnecting probing UNREACHABLE + clearTimer, probe
a retry by the user ends the pause with an attempt:
  fail UNREACHABLE, retry → starting + clearTimer, attempt 2

# Rules
the first failure is final if first attempts are not retried:
  without first retries: fail UNREACHABLE → failed UNREACHABLE + release
a loss after a pod was reached, ready or not, is no first failure:
  without first retries: connect unready, later 2000, lose → reconnecting probing LOST_CONNECTION + probe
a lost tunnel fails a session that does not reconnect:
  without reconnects: ready, lose → failed LOST_CONNECTION + release
a session that does not reconnect ignores a terminating pod and a sleep:
  without reconnects: ready, pod terminating, woke → ready
a session that does not reconnect continues when the server refuses a new connection, because open connections continue:
  without reconnects: connect, later 10000, pod doubtful → ready
a pod that is gone fails a session that does not reconnect, because no traffic can pass any more:
  without reconnects: ready, pod gone → failed LOST_CONNECTION + release

# The end
a stop while ready cancels the attempt:
  ready, stop → stopping + cancel 1, close
a stop while waiting ends the pause:
  ready, pod gone, fail NO_READY_POD, stop → stopping + clearTimer, close
a stop while probing ends the probe:
  ready, lose, stop → stopping + stopProbe, close
a stop of a failed session closes it:
  fail FORBIDDEN, stop → stopping + close
a session is stopped once everything is closed:
  ready, stop, closed → stopped
a stopped session ignores all events:
  ready, stop, closed, retry, lose → stopped
a stopping session ignores a retry:
  ready, stop, retry → stopping
a retry of a failed session begins an attempt:
  fail FORBIDDEN, retry → starting + attempt 2
a retry while ready replaces the attempt:
  ready, retry → starting + cancel 1, attempt 2
`;

const RULES_OF: Readonly<Record<string, Partial<SessionRules>>> = {
  'without a wait': { waitForTargetMs: 0 },
  'without reconnects': { reconnects: false },
  'without first retries': { retriesFirstAttempt: false },
};

/** Sends the machine an event as the tables write it: a type, and words that describe it. */
function sendShort(machine: Machine, event: string): void {
  const [type = '', ...words] = event.split(' ');
  const [first = ''] = words;
  const number = /#(\d+)$/.exec(event)?.[1];
  const attempt = number === undefined ? machine.attempt : Number(number);
  if (type === 'ready') machine.connect().later(5_000);
  else if (type === 'connect') machine.connect(first !== 'unready', attempt);
  else if (type === 'lose') machine.lose();
  else if (type === 'later') machine.later(Number(first));
  else if (type === 'pod') machine.pod(first as PodChange, attempt);
  else if (type === 'fail') {
    const error = first === 'POD_NOT_FOUND' ? podNotFound() : (first as ErrorCode);
    const phase = words.find((word) => word === 'resolving' || word === 'connected');
    machine.fail(error, phase as AttemptPhase | undefined, attempt, words.includes('unread'));
  } else if (type === 'unreachable') machine.send({ type, error: new CodedError('UNREACHABLE') });
  else if (type === 'closed') machine.send({ type, counters: COUNTERS });
  else machine.send({ type } as SessionEvent);
}

const CASES = [...TABLE.matchAll(/^(\w.*):\n {2}(?:(without .*): )?(.*) → (.*?)(?: \+ (.*))?$/gm)];

test('every line of the tables belongs to a case', () => {
  const lines = `${TABLE}${TOLD}`.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.equal(lines.length, 2 * (CASES.length + TOLD_CASES.length));
});

for (const [, name = '', rules = '', events = '', state, effects] of CASES) {
  test(name, () => {
    const machine = new Machine(RULES_OF[rules]);
    if (events !== 'nothing') for (const event of events.split(', ')) sendShort(machine, event);
    assert.equal(machine.state, state);
    assert.deepEqual(machine.effects, effects?.split(', ') ?? []);
  });
}

/** Each case has a title, and below it the events, an arrow, and all notices of the session. */
const TOLD = `
a session tells its start, that traffic passes, and its end with the counters:
  ready, stop, closed → starting; ready first; stopped after 2
a session tells why it reconnects, once for each reason, with the pause before the next attempt:
  ready, pod gone, fail NO_READY_POD resolving, timer, fail NO_READY_POD resolving, timer, connect → starting; ready first; reconnecting POD_GONE, attempt 1 in 0; reconnecting NO_READY_POD, attempt 2 in 500; reconnecting NO_READY_POD, attempt 3 in 1000; ready
a session tells once why a target is waited for:
  ready, pod gone, fail POD_NOT_FOUND resolving, timer, fail POD_NOT_FOUND resolving → starting; ready first; reconnecting POD_GONE, attempt 1 in 0; reconnecting WAITING_FOR_TARGET, attempt 2 in 500
a session tells the error of a probe:
  ready, lose, unreachable → starting; ready first; reconnecting LOST_CONNECTION, attempt 1 in 0; reconnecting UNREACHABLE, attempt 1 in 0
a session tells that a pod is not ready with the connection, and then that it has become ready:
  connect unready, pod ready, pod ready → starting; ready first, pod not ready; podReady
a session that reconnects to a pod that is not ready tells so once, and that it has become ready:
  ready, pod gone, connect unready, pod ready → starting; ready first; reconnecting POD_GONE, attempt 1 in 0; ready, pod not ready; podReady
a session tells why it failed, and after a retry by the user that traffic passes for the first time:
  fail FORBIDDEN, retry, connect → starting; failed FORBIDDEN; ready first
a session tells nothing of earlier attempts:
  ready, pod terminating, connect #1 → starting; ready first; reconnecting POD_TERMINATING, attempt 1 in 0
`;

const TOLD_CASES = [...TOLD.matchAll(/^(\w.*):\n {2}(.*) → (.*)$/gm)];

for (const [, name = '', events = '', told] of TOLD_CASES) {
  test(name, () => {
    const machine = new Machine();
    for (const event of events.split(', ')) sendShort(machine, event);
    assert.deepEqual(machine.told, told?.split('; '));
  });
}

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
    const { state } = new Machine().fail(answer(code)).send({ type: 'timer' });
    assert.equal(state, 'reconnecting probing API_ERROR');
  }
  for (const code of [400, 404, 410])
    assert.equal(new Machine().fail(answer(code)).state, 'failed API_ERROR');
  const later = ready().pod('gone').fail(answer(404), 'resolving');
  assert.equal(later.state, 'reconnecting waiting API_ERROR');
});

/** Fails each attempt, and lets each pause pass, until the session fails. Returns how long that took. */
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
  const sentences = [...told].map((error) => (error as CodedError).message);
  assert.deepEqual(sentences, ['waiting for deployment/web to come back']);
});
