import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CodedError,
  describeError,
  ERROR_MESSAGES,
  isCoded,
  systemErrorCode,
} from '../../../src/base/errors.ts';

test('the message is the sentence of the code with its placeholders filled', () => {
  const cause = new Error('why');
  const error = new CodedError('POD_NOT_FOUND', { name: 'web', namespace: 'demo' }, cause);
  assert.equal(error.message, 'pod "web" not found in namespace "demo": check the name and -n');
  assert.equal(error.name, 'CodedError');
  assert.equal(error.code, 'POD_NOT_FOUND');
  assert.deepEqual(error.arguments, { name: 'web', namespace: 'demo' });
  assert.equal(error.cause, cause);
  assert.ok(!('cause' in new CodedError('STOPPED')));
});

test('a text from a cluster reaches the message without control characters, and its braces are no placeholders', () => {
  const error = new CodedError('TARGET_NOT_FOUND', {
    kind: 'pod',
    name: '\u001b[2Jx\nforged line',
    namespace: '{kind}',
  });
  assert.equal(
    error.message,
    'pod "\\x1b[2Jx\\x0aforged line" not found in namespace "{kind}": check the name and -n',
  );
});

test('a placeholder without an argument stays visible', () => {
  assert.equal(
    new CodedError('NAMESPACE_NOT_FOUND').message,
    'namespace "{namespace}" not found: check its name',
  );
});

test('isCoded tells codes apart from each other and from other errors', () => {
  const error: unknown = new CodedError('STOPPED');
  assert.ok(isCoded(error));
  assert.ok(isCoded(error, 'STOPPED'));
  assert.ok(!isCoded(error, 'TLS'));
  for (const other of [new Error('x'), { code: 'STOPPED' }, undefined, null, 'STOPPED'])
    assert.ok(!isCoded(other));
});

test('every message is one line without a full stop', () => {
  for (const [code, message] of Object.entries(ERROR_MESSAGES)) assert.match(message, /^[^\n]*[^.\n]$/, code);
});

test('systemErrorCode returns the code of a failed system call', () => {
  assert.equal(systemErrorCode(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'ECONNREFUSED');
  for (const other of [
    new Error('x'),
    Object.assign(new Error('x'), { code: 5 }),
    { code: 'EPIPE' },
    undefined,
  ]) {
    assert.equal(systemErrorCode(other), undefined);
  }
});

test('describeError describes every thrown value in one printable line', () => {
  assert.equal(describeError(new Error('a\nb')), 'a\\x0ab');
  assert.equal(describeError('text'), 'text');
  assert.equal(describeError(undefined), 'undefined');
  assert.equal(describeError({}), '[object Object]');
  // As when neither ::1 nor 127.0.0.1 of localhost accepts a connection: an error for each, and no common message.
  const both = new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('other')]);
  assert.equal(describeError(both), 'connect ECONNREFUSED ::1:1');
  assert.equal(describeError(new AggregateError([], 'nothing')), 'nothing');
  assert.equal(describeError(new AggregateError([])), '');
});

test("a message shows 300 characters of a peer's text, the arguments keep 2,000, and paths stay whole", () => {
  const said = 'x'.repeat(5_000);
  const error = new CodedError('CONNECTION_FAILED', { reason: said });
  assert.equal(error.message, `${'x'.repeat(199)}…${'x'.repeat(100)}`);
  assert.equal(error.arguments['reason'], `${'x'.repeat(1_333)}…${'x'.repeat(666)}`);
  assert.equal(describeError(new Error(said)).length, 2_000);
  const path = `/${'folder/'.repeat(100)}config`;
  assert.match(new CodedError('KUBECONFIG_NOT_FOUND', { path }).message, new RegExp(path));
});

test('a list of possible values from a cluster has at most 2,000 characters, however many and whatever names it has', () => {
  const few = Array.from({ length: 50 }, (_, index) => `"context-${index}"`).join(', ');
  assert.ok(
    new CodedError('NO_CURRENT_CONTEXT', { known: few }).message.endsWith(few),
    'a usual list is whole',
  );
  const sentence = new CodedError('NO_CURRENT_CONTEXT', { known: '' }).message.length;
  for (const name of ['web', '\u001b', '\u{1f600}\u200d', 'x'.repeat(1_000)]) {
    const { message, arguments: args } = new CodedError('NO_CURRENT_CONTEXT', {
      known: Array.from({ length: 100_000 }, () => name).join(', '),
    });
    assert.ok(message.length <= sentence + 2_000, `${message.length}`);
    assert.ok(String(args['known']).length <= 2_000);
    assert.doesNotMatch(message, /\p{Cc}/u);
  }
});

test('a text of megabytes takes no longer than its shown part', () => {
  const start = performance.now();
  const reason = '\u0001'.repeat(10_000_000);
  assert.equal(new CodedError('CONNECTION_FAILED', { reason }).message.length, 300);
  assert.equal(describeError(new Error(reason)).length, 2_000);
  assert.ok(performance.now() - start < 1_000);
});
