import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { toDisposable } from '../../../../src/base/disposable.ts';
import { CodedError } from '../../../../src/base/errors.ts';
import type { ForwardSpecification } from '../../../../src/rpc/forwardsContract.ts';
import type {
  PortForwardInfo,
  PortForwardStateName,
  StartedPortForward,
} from '../../../../src/ui/api/portForwardApi.ts';
import type { ForwardsModel } from '../../../../src/ui/forwards/forwardsModel.ts';
import { eventually } from '../../../support/eventually.ts';
import { readyForward } from '../../../support/fakeHost.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { forwards, host, window } from '../../../support/fakeWindow.ts';
import { english } from '../../../support/localizer.ts';
import { forbidden, specification } from '../../../support/uiRows.ts';

const { startForExtension } = await import('../../../../src/ui/api/startedForward.ts');

const error = forbidden('create', 'pods');

function start(
  signal?: AbortSignal,
  wanted: () => Promise<ForwardSpecification> = async () => specification('web'),
  model: Pick<ForwardsModel, 'onDidChange'> = forwards,
): StartedPortForward {
  return startForExtension({
    ...{ held: window.held, model, l10n: english, specification: wanted },
    ...(signal === undefined ? {} : { signal }),
  });
}

test('a started forward is ready with its address, reports its states, and stops', async () => {
  const states: PortForwardStateName[] = [];
  const started = start();
  started.onDidChangeState((state) => states.push(state));
  assert.equal(started.info, undefined);
  assert.deepEqual(await started.ready, {
    ...{ id: '1', state: 'ready', context: 'dev', namespace: 'demo', target: 'pod/web', remotePort: 80 },
    ...{ address: 'localhost', localPort: 8080, pod: 'web' },
  });
  const [one] = host.forwards;
  assert.ok(one);
  host.setForwards([{ ...one, state: { type: 'reconnecting', error, attempt: 1 } }]);
  assert.equal((started.info as PortForwardInfo | undefined)?.error?.code, 'FORBIDDEN');
  host.setForwards([one]);
  assert.deepEqual(states.slice(-2), ['reconnecting', 'ready']);
  await started.stop();
  await started.stop();
  assert.equal(started.info, undefined);
  assert.deepEqual(host.forwards, []);
});

test('a failure rejects with its code and a sentence', async () => {
  host.startForward = (wanted, id) => ({
    ...readyForward(wanted, id),
    state: { type: 'failed', error },
  });
  const started = start();
  await assert.rejects(started.ready, { code: 'FORBIDDEN', message: /^User "me" cannot create pods/ });
  assert.equal(started.info?.state, 'failed');
  await started.stop();
});

test('an invalid request rejects as well', async () => {
  const wanted = () => Promise.reject(new CodedError('CONTEXT_NOT_FOUND', { context: 'x', known: 'dev' }));
  await assert.rejects(start(undefined, wanted).ready, { code: 'CONTEXT_NOT_FOUND' });
  assert.deepEqual(host.requests, []);
});

test('a signal aborted before the start starts nothing', async () => {
  const reason = new Error('too late');
  const started = start(AbortSignal.abort(reason));
  await assert.rejects(started.ready, reason);
  assert.deepEqual(host.requests, []);
  await started.stop();
});

test('an abort during the start rejects with the reason and leaves nothing behind', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  host.startForward = (wanted, id) => promise.then(() => readyForward(wanted, id));
  const abort = new AbortController();
  const started = start(abort.signal);
  await eventually(() => host.requests.length > 0, 'the start');
  const reason = new Error('no longer');
  abort.abort(reason);
  await assert.rejects(started.ready, reason);
  resolve();
  await eventually(() => host.forwards.length === 0, 'the forward to end');
});

test('an abort after the start stops the forward and reports it', async () => {
  const abort = new AbortController();
  const started = start(abort.signal);
  await started.ready;
  abort.abort();
  await eventually(() => host.forwards.length === 0, 'the forward to end');
  assert.equal(started.info, undefined);
});

test('a forward that somebody else stops ends in the state stopped', async () => {
  const states: PortForwardStateName[] = [];
  const started = start();
  started.onDidChangeState((state) => states.push(state));
  await started.ready;
  host.setForwards([]);
  assert.equal(states.at(-1), 'stopped');
  await started.stop();
});

test('a start that fails, or is aborted beforehand, leaves no listener behind', async () => {
  let listeners = 0;
  const model = {
    onDidChange: (listener: () => void) => {
      listeners++;
      const subscription = forwards.onDidChange(listener);
      return toDisposable(() => {
        listeners--;
        subscription.dispose();
      });
    },
  };
  const { signal } = new AbortController();
  const failure = new CodedError('CONTEXT_NOT_FOUND', { context: 'x', known: 'dev' });
  const wanted = () => Promise.reject(failure);
  const failed = start(signal, wanted, model);
  const aborted = start(AbortSignal.abort(failure), undefined, model);
  assert.equal(listeners, 2);
  await assert.rejects(failed.ready, { code: 'CONTEXT_NOT_FOUND' });
  await assert.rejects(aborted.ready, failure);
  assert.deepEqual([listeners, getEventListeners(signal, 'abort')], [0, []]);
  await Promise.all([failed.stop(), aborted.stop()]);
});

test('a listener that throws does not make a started forward fail', async () => {
  const failure = new TypeError('the extension expects another state');
  const started = start();
  started.onDidChangeState(() => {
    throw failure;
  });
  assert.equal((await started.ready).state, 'ready');
  assert.deepEqual(fake.listenerErrors, [failure]);
  await started.stop();
});
