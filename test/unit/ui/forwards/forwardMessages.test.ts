import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { CodedError } from '../../../../src/base/errors.ts';
import { COMMANDS } from '../../../../src/contributions.ts';
import type { ForwardSnapshot } from '../../../../src/rpc/forwardsContract.ts';
import type { ErrorInfo } from '../../../../src/rpc/messages.ts';
import type { ForwardMessages as Messages } from '../../../../src/ui/forwards/forwardMessages.ts';
import { eventually } from '../../../support/eventually.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { connector, forwards, gateways, host, window } from '../../../support/fakeWindow.ts';
import { never } from '../../../support/never.ts';
import { forbidden, forward, specification } from '../../../support/uiRows.ts';

const { ForwardMessages } = await import('../../../../src/ui/forwards/forwardMessages.ts');

const noRight = forbidden('get or create', 'pods/portforward');
const inUse: ErrorInfo = {
  code: 'PORT_IN_USE',
  arguments: { port: 8080, address: '127.0.0.1', holder: 'node (PID 7)', suggestion: 8081 },
};
const unauthorized: ErrorInfo = { code: 'UNAUTHORIZED', arguments: { server: 'https://x', user: 'me' } };
const failed = (error: ErrorInfo): ForwardSnapshot => forward('web', { state: { type: 'failed', error } });

let messages: Messages;

beforeEach(() => {
  messages = new ForwardMessages(forwards);
});

afterEach(() => messages.dispose());

const OUTCOMES: readonly (readonly [ForwardSnapshot, severity: string, text: RegExp, buttons: string])[] = [
  [
    forward('web'),
    'information',
    /^Forwarding localhost:8080 → pod\/web:80$/,
    'Open in Browser, Copy Local Address',
  ],
  [
    forward('web', { replacedPort: 80, replacedPortHolder: 'nginx\u202e (PID 1)' }),
    'information',
    / → pod\/web:80 \(local port 80 is in use by nginx\\u202e \(PID 1\)\)$/,
    'Open in Browser, Copy Local Address',
  ],
  [
    forward('web', { replacedPort: 80 }),
    'information',
    / \(local port 80 is not available\)$/,
    'Open in Browser, Copy Local Address',
  ],
  [
    failed(noRight),
    'error',
    /^Couldn't forward pod\/web:80: User "me" cannot get or create pods\/portforward in namespace "demo"/,
    'Copy Role, Retry, Show Output',
  ],
  [
    failed(inUse),
    'error',
    /^Couldn't forward pod\/web:80: Port 8080 on 127\.0\.0\.1 is in use by node \(PID 7\)/,
    'Use Port 8081, Show Output',
  ],
  [failed(unauthorized), 'error', /^Couldn't forward pod\/web:80: /, 'Sign In, Show Output'],
  [
    forward('web', { state: { type: 'starting', error: unauthorized } }),
    'warning',
    /^Still trying to forward pod\/web:80: /,
    'Show Output',
  ],
];

for (const [outcome, severity, text, buttons] of OUTCOMES) {
  test(`the ${severity} ${text} offers ${buttons}`, () => {
    messages.showOutcome(outcome);
    const [message] = fake.messages;
    assert.match(message?.text ?? '', text);
    assert.deepEqual([message?.severity, message?.buttons.join(', ')], [severity, buttons]);
  });
}

test('Copy Role copies the role that the user lacks', async () => {
  fake.nextButton = 'Copy Role';
  messages.showOutcome(failed(noRight));
  await eventually(() => fake.clipboard !== '', 'the role');
  assert.match(fake.clipboard, /kind: Role[\s\S]*pods\/portforward/);
});

test('Use Port changes the local port of the forward to the offered one', async () => {
  fake.nextButton = 'Use Port 8081';
  messages.showOutcome(failed(inUse));
  await eventually(() => fake.executed.length > 0, 'the command');
  assert.deepEqual(fake.executed, [{ command: COMMANDS.changeLocalPort, commandArguments: ['web', 8081] }]);
});

test('a forward whose local port another one of ours has can replace that one', async () => {
  await connector.connect();
  const ours = forward('page');
  host.setForwards([ours, failed(inUse)]);
  host.restartForward = (one) => ({ ...one, state: { type: 'ready', pod: 'web', transport: 'spdy' } });
  fake.nextButton = 'Replace pod/page:80';
  messages.showOutcome(failed(inUse));
  await eventually(() => fake.messages.length === 2, 'the new forward');
  assert.match(fake.texts[1] ?? '', /^Forwarding localhost:8080 → pod\/web:80/);
  assert.deepEqual(host.forwardIds, ['web']);
});

test('Replace stops nothing if the failed forward was removed or runs since the message, and says so', async () => {
  await connector.connect();
  const ours = forward('page');
  for (const [now, text] of [
    [[], /^Forward "web" no longer exists$/],
    [[forward('web')], /^Forwarding localhost:8080 → pod\/web:80/],
  ] as const) {
    fake.reset();
    host.setForwards([ours, failed(inUse)]);
    fake.nextButton = 'Replace pod/page:80';
    messages.showOutcome(failed(inUse));
    host.setForwards([ours, ...now]);
    await eventually(() => fake.messages.length === 2, 'the answer');
    assert.match(fake.texts[1] ?? '', text);
    assert.deepEqual(host.forwardIds, ['page', ...now.map(({ id }) => id)]);
  }
});

test('forwards that fail on their own are reported once each, or together', async () => {
  await connector.connect();
  host.setForwards([forward('web'), forward('db'), forward('api')]);
  host.setForwards([failed(unauthorized), forward('db'), forward('api')]);
  const both = ['db', 'api'].map((name) => forward(name, { state: { type: 'failed', error: inUse } }));
  host.setForwards([failed(unauthorized), ...both]);
  assert.deepEqual(
    fake.messages.map(({ text, buttons }) => [text.split(':')[0], buttons.join(', ')]),
    [
      ['The forward pod/web', 'Sign In, Show Output'],
      ['2 forwards failed.', 'Show Forwards, Show Output'],
    ],
  );
});

test('a forward and a gateway of the user that the next host refuses after the host died show why', async () => {
  messages.followGateways(gateways);
  await forwards.start(specification('web'));
  await gateways.start({ context: { kubeconfig: '', context: 'dev' }, namespaces: ['demo'] });
  await window.held.hold(specification('db'), { kind: 'task' }, never);
  host.startForward = () =>
    Promise.reject(new CodedError('PLUGIN_NOT_ALLOWED', { command: 'aws', context: 'dev' }));
  host.startGateway = () => {
    throw new CodedError('PLUGIN_NOT_ALLOWED', { command: 'aws', context: 'dev' });
  };
  host.die();
  await connector.connect();
  await eventually(() => fake.texts.length === 2, 'the messages');
  const [byName, web] = [...fake.texts].sort();
  assert.match(byName ?? '', /^Couldn't forward demo \(by name\): .*aws/);
  assert.match(web ?? '', /^Couldn't forward pod\/web:80: .*aws/);
});
