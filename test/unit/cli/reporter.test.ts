import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { quoteWord } from '../../../src/base/shells.ts';
import { jsonReporter, type Reporter, textReporter } from '../../../src/cli/reporter.ts';
import { NO_TRAFFIC } from '../../../src/kinds/forwardCounters.ts';
import type { ForwardNotice, NoticeOf } from '../../../src/kinds/forwardNotice.ts';
import { readBuffered } from '../../support/readBuffered.ts';

const address = { address: '127.0.0.1', localPort: 8080, remotePort: 80 };
const pod = { namespace: 'demo', name: 'web' };
const lost = new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'it broke' });
const waiting = (phase: string): ForwardNotice => ({
  type: 'waiting',
  error: new CodedError('WAITING_FOR_POD', { name: 'web', phase }),
});
const counters = { ...NO_TRAFFIC, open: 0, total: 3, failed: 1, bytesSent: 1_234, bytesReceived: 5_600_000 };

/** The notices of a forward from its start to its end. */
const LIFE: readonly ForwardNotice[] = [
  { type: 'starting' },
  { type: 'transportRefused', transport: 'spdy', error: lost },
  { type: 'noHalfClose' },
  {
    ...{ type: 'ready', pod, transport: 'channel', isPodReady: true, isFirst: true },
    addresses: [address, { ...address, address: '::1' }],
  },
  { type: 'bound', addresses: [address] },
  { type: 'podChosen', pod, remotePorts: [80] },
  { type: 'podReady', pod },
  { type: 'connection', connection: 1, address },
  { type: 'connectionEnded', connection: 1, address, bytesSent: 5, bytesReceived: 7 },
  { type: 'connectionEnded', connection: 2, address, bytesSent: 0, bytesReceived: 0, error: lost },
  { type: 'tunnelLost', error: lost },
  { type: 'stopped', counters },
];

function run(create: (streams: { out: PassThrough; err: PassThrough }) => Reporter) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const reporter = create({ out, err });
  const text = (stream: PassThrough) => String(readBuffered(stream));
  const objects = () =>
    text(out)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { reporter, out: () => text(out), err: () => text(err), objects };
}

const open: NoticeOf<'ready'> = {
  type: 'ready',
  pod,
  transport: 'spdy',
  isPodReady: true,
  isFirst: true,
  addresses: [address, { ...address, address: '0.0.0.0' }, { ...address, address: '::' }],
};

for (const [name, create] of Object.entries({ text: textReporter, json: jsonReporter })) {
  test(`${name}: one line on standard error warns that others can reach the port, however often the forward gets ready`, () => {
    const { reporter, err } = run(create);
    reporter.notice(open);
    reporter.notice(open);
    assert.equal(
      err(),
      'warning: other machines can connect to this forward: it listens on 0.0.0.0, ::, not only on localhost\n',
    );
  });

  test(`${name}: no line warns about others if only loopback is bound`, () => {
    const { reporter, err } = run(create);
    reporter.notice({ ...open, addresses: [address, { ...address, address: '::1' }] });
    assert.equal(err(), '');
  });
}

suite('text', () => {
  test("shows kubectl's lines on standard output and failures on standard error", () => {
    const { reporter, out, err } = run(textReporter);
    for (const notice of LIFE) reporter.notice(notice);
    reporter.stopped('SIGINT');
    assert.deepEqual(out().split('\n'), [
      'Forwarding from 127.0.0.1:8080 -> 80',
      'Forwarding from [::1]:8080 -> 80',
      'Handling connection for 8080',
      'Stopped (SIGINT): 3 connections (1 failed), 1.2 kB sent, 5.6 MB received',
      '',
    ]);
    assert.deepEqual(err().split('\n'), [
      'warning: the server cannot half-close connections: a response that arrives after the client closes its side is lost',
      'error: connection 8080 -> 80 failed: lost connection to the API server (it broke)',
      'warning: lost connection to the API server (it broke)',
      '',
    ]);
  });

  test('leaves out the remote port of a failed connection if no pod has been chosen yet', () => {
    const { reporter, err } = run(textReporter);
    const unknown = { ...address, remotePort: 0 };
    reporter.notice({
      ...{ type: 'connectionEnded', connection: 1, address: unknown, bytesSent: 0, bytesReceived: 0 },
      error: new CodedError('NOT_CONNECTED', { seconds: 10 }),
    });
    assert.equal(err(), 'error: connection 8080 failed: could not connect to a pod within 10 s\n');
  });

  test('shows waiting, reconnecting and failing', () => {
    const { reporter, out, err } = run(textReporter);
    reporter.notice(waiting('\u001b[31mPending'));
    reporter.notice({ type: 'reconnecting', error: lost, attempt: 1, delayMs: 1_540 });
    reporter.notice({ type: 'reconnecting', error: lost, attempt: 1, delayMs: 0 });
    reporter.notice({ type: 'failed', error: lost });
    assert.deepEqual(err().split('\n'), [
      'Waiting: pod "web" is \\x1b[31mPending',
      'lost connection to the API server (it broke); retrying in 1.5 s',
      'lost connection to the API server (it broke)',
      'error: lost connection to the API server (it broke)',
      '',
    ]);
    assert.equal(out(), '');
  });

  test('shows a pod that is not ready, and an outage', () => {
    const { reporter, err } = run(textReporter);
    reporter.notice({ ...open, addresses: [], isPodReady: false });
    reporter.notice({ type: 'outage', error: lost, forMs: 30_400, isServerSilent: false });
    reporter.notice({ type: 'outage', error: lost, forMs: 60_000, isServerSilent: true });
    assert.deepEqual(err().split('\n'), [
      new CodedError('POD_TAKEN_UNREADY', { name: 'web' }).message,
      `No connection for 30 s: ${lost.message}`,
      `The API server has not responded for 60 s: ${lost.message}`,
      '',
    ]);
  });

  test('names background forwards so that stop accepts the name', () => {
    const target = { kind: 'service', name: 'web', namespace: 'demo' } as const;
    const { reporter, out } = run(textReporter);
    reporter.detached({ ...target, context: { kubeconfig: '', context: 'staging' } }, false);
    reporter.detached({ ...target, context: { kubeconfig: '', context: 'a b' } }, true);
    const advice = 'Running in the background. Stop it with: kube-port-forward stop service/web -n demo';
    assert.equal(out(), `${advice}\n${advice} --context ${quoteWord('a b')}\n`);
    const selected = run(textReporter);
    const selector = { ...target, kind: 'selector', name: 'env in (test, dev)' } as const;
    selected.reporter.detached({ ...selector, context: { kubeconfig: '', context: 'staging' } }, false);
    assert.ok(selected.out().endsWith(` stop -l ${quoteWord('env in (test, dev)')} -n demo\n`));
    const bound = run(textReporter);
    const context = { kubeconfig: '', context: 'staging' };
    bound.reporter.detached({ ...target, context }, true, ['8080', '[::1]:9090']);
    assert.ok(bound.out().endsWith(` stop 8080 ${quoteWord('[::1]:9090')}\n`));
    const json = run((streams) => jsonReporter(streams, () => new Date(0)));
    json.reporter.detached({ ...target, context: { kubeconfig: '', context: 'staging' } }, false);
    assert.deepEqual(JSON.parse(json.out()), {
      time: '1970-01-01T00:00:00.000Z',
      event: 'detached',
      target: 'service/web',
      namespace: 'demo',
      context: 'staging',
    });
  });

  test('shows a stop before and after the first connection', () => {
    const early = run(textReporter);
    early.reporter.stopped('SIGTERM');
    assert.equal(early.out(), 'Stopped (SIGTERM)\n');
    const { reporter, out } = run(textReporter);
    reporter.notice({ type: 'stopped', counters: { ...counters, total: 1, failed: 0 } });
    reporter.stopped('done');
    assert.equal(out(), 'Stopped (done): 1 connection, 1.2 kB sent, 5.6 MB received\n');
  });

  test("shows no cluster's text that commands the terminal or forges a line", () => {
    const { reporter, err } = run(textReporter);
    const error = new CodedError('CONNECTION_FAILED', { reason: 'no\nerror: all is lost\u001b[2J' });
    reporter.notice({
      type: 'connectionEnded',
      connection: 1,
      address,
      bytesSent: 0,
      bytesReceived: 0,
      error,
    });
    assert.equal(err(), 'error: connection 8080 -> 80 failed: no\\x0aerror: all is lost\\x1b[2J\n');
  });
});

suite('json', () => {
  const now = () => new Date(0);
  const time = '1970-01-01T00:00:00.000Z';
  const failure = {
    code: 'LOST_CONNECTION_TO_SERVER',
    message: 'lost connection to the API server (it broke)',
    arguments: { reason: 'it broke' },
  };

  test('is one object on each line and nothing on standard error', () => {
    const { reporter, objects, err } = run((streams) => jsonReporter(streams, now));
    reporter.notice(waiting('Pending'));
    for (const notice of LIFE) reporter.notice(notice);
    reporter.notice({ type: 'reconnecting', error: lost, attempt: 1, delayMs: 500 });
    reporter.notice({ type: 'failed', error: lost });
    reporter.stopped('SIGINT');
    const at = { localPort: 8080, remotePort: 80, address: '127.0.0.1' };
    assert.deepEqual(objects(), [
      {
        time,
        event: 'waiting',
        reason: 'pod "web" is Pending',
        code: 'WAITING_FOR_POD',
        arguments: { name: 'web', phase: 'Pending' },
      },
      { time, event: 'starting' },
      { time, event: 'transportRefused', transport: 'spdy', ...failure },
      { time, event: 'noHalfClose' },
      {
        time,
        event: 'ready',
        pod,
        transport: 'channel',
        addresses: [address, { ...address, address: '::1' }],
      },
      { time, event: 'connection', connection: 1, ...at },
      { time, event: 'connectionEnded', connection: 1, ...at, bytesSent: 5, bytesReceived: 7 },
      { time, event: 'connectionFailed', connection: 2, ...at, bytesSent: 0, bytesReceived: 0, ...failure },
      { time, event: 'tunnelLost', ...failure },
      { time, event: 'reconnecting', delayMs: 500, ...failure },
      { time, event: 'error', ...failure },
      { time, event: 'stopped', reason: 'SIGINT', ...counters },
    ]);
    assert.equal(err(), '');
  });

  test('shows a pod that is not ready in a line of its own after the line ready', () => {
    const { reporter, objects } = run((streams) => jsonReporter(streams, now));
    reporter.notice({ ...open, addresses: [], isPodReady: false });
    const { code, message, arguments: args } = new CodedError('POD_TAKEN_UNREADY', { name: 'web' });
    assert.deepEqual(objects(), [
      { time, event: 'ready', pod, transport: 'spdy', addresses: [] },
      { time, event: 'warning', code, message, arguments: args },
    ]);
  });

  test('is safe to view, and the same for a parser', () => {
    const { reporter, out } = run((streams) => jsonReporter(streams, now));
    const reason = 'a\nb\u001b\u009b\u202e\u2028"\\';
    reporter.notice({ type: 'waiting', error: new CodedError('USAGE', { reason }) });
    const text = out();
    assert.match(text, /^[\u0020-\u007e]+\n$/);
    assert.equal((JSON.parse(text) as { arguments: { reason: string } }).arguments.reason, reason);
  });
});

test('one line tells what to do about a login that only a person can repeat', () => {
  const { reporter, err } = run(textReporter);
  reporter.signInNeeded('dev', true);
  reporter.signInNeeded('dev\u001b', false);
  assert.equal(
    err(),
    'Press Enter to sign in as dev again\n' +
      'Sign in as dev\\x1b with your own login command, then stop this command and start it again\n',
  );
});
