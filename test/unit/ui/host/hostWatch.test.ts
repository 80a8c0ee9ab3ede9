import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { CodedError } from '../../../../src/base/errors.ts';
import type { HostWatch as Watch } from '../../../../src/ui/host/hostWatch.ts';
import type { OutputLog } from '../../../../src/ui/outputLog.ts';
import { eventually } from '../../../support/eventually.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { connector, forwards, host } from '../../../support/fakeWindow.ts';
import { specification } from '../../../support/uiRows.ts';

const { HostWatch } = await import('../../../../src/ui/host/hostWatch.ts');

const FAILURE = 'The background process did not start (disk full): try again';

let watch: Watch;
let log: string[];

beforeEach(async () => {
  log = [];
  const write = (text: string) => log.push(text);
  const channel = { warn: write, error: write } as unknown as OutputLog['channel'];
  watch = new HostWatch(connector, forwards, { channel } as OutputLog);
  await forwards.start(specification('web'));
});

afterEach(() => watch.dispose());

test('a lost host is replaced, and the forwards return', async () => {
  host.die();
  await eventually(() => forwards.all.length === 1, 'the forward');
  assert.deepEqual(fake.texts, ['The background process ended unexpectedly and is restarting.']);
});

test('if no host starts after a loss, an error offers Restart, and the list is known to be empty', async () => {
  const { joinOrStart } = host;
  host.joinOrStart = () => Promise.reject(new CodedError('HOST_NOT_STARTED', { reason: 'disk full' }));
  host.die();
  await eventually(() => fake.messages.length === 2, 'the error');
  assert.deepEqual(fake.messages[1], {
    ...{ severity: 'error', text: FAILURE, buttons: ['Restart', 'Show Output'] },
  });
  assert.equal(log.length, 2);
  assert.equal(forwards.isLoaded, true);
  host.joinOrStart = joinOrStart;
  await connector.connect();
  await eventually(() => forwards.all.length === 1, 'the forward');
});

test('the button Restart starts a host, and the forwards return', async () => {
  const { joinOrStart } = host;
  host.joinOrStart = () => {
    host.joinOrStart = joinOrStart;
    // Clicks Restart in the next message, which reports this error. The message about the loss was shown before.
    fake.nextButton = 'Restart';
    return Promise.reject(new CodedError('HOST_NOT_STARTED', { reason: 'disk full' }));
  };
  host.die();
  await eventually(() => forwards.all.length === 1, 'the forward');
});

test('if the next host is newer than the window, an error offers to reload the window', async () => {
  host.joinOrStart = () => {
    fake.nextButton = 'Reload Window';
    return Promise.reject(new CodedError('HOST_TOO_NEW', { version: '9.0.0', processId: 7 }));
  };
  host.die();
  await eventually(() => fake.executed.length === 1, 'the command of the button');
  assert.deepEqual(fake.executed, [{ command: 'workbench.action.reloadWindow', commandArguments: [] }]);
});

test('after several losses the list is known to be empty until the user restarts the host', async () => {
  for (let losses = 1; losses <= 4; losses++) {
    await eventually(() => forwards.all.length === 1, 'the forward');
    host.die();
  }
  assert.deepEqual(fake.messages.at(-1), {
    severity: 'warning',
    text: 'The background process ended unexpectedly several times.',
    buttons: ['Restart', 'Show Output'],
  });
  assert.equal(forwards.isLoaded, true);
});

test('a window that closes while a host starts shows no error', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  host.joinOrStart = () => promise;
  host.die();
  watch.dispose();
  reject(new CodedError('HOST_LOST'));
  await assert.rejects(connector.connect());
  assert.equal(fake.messages.length, 1);
});
