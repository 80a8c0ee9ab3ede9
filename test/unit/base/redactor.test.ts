import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redactor } from '../../../src/base/redactor.ts';

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor();
  redactor.add(secrets);
  return redactor;
}

const SECRET = 'p/ä"ss wo+rd&=%\\';

test('a secret is removed from a text in every encoding', () => {
  const redactor = redactorOf(SECRET);
  const bytes = Buffer.from(SECRET);
  const forms = {
    plain: SECRET,
    url: encodeURIComponent(SECRET),
    'url in lower case': encodeURIComponent(SECRET).replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase()),
    form: new URLSearchParams({ a: SECRET }).toString().slice(2),
    json: JSON.stringify(SECRET).slice(1, -1),
    'json in ASCII': JSON.stringify(SECRET).slice(1, -1).replace('ä', '\\u00e4').replace('/', '\\/'),
    html: SECRET.replace('&', '&amp;').replace('"', '&quot;').replace('/', '&#x2F;').replace('+', '&#43;'),
    base64: bytes.toString('base64'),
    'base64 in a URL': bytes.toString('base64url'),
  };
  for (const [form, text] of Object.entries(forms)) {
    assert.match(redactor.redact(`<${text}>`), /^<\[redacted\]=*>$/, form);
  }
});

test('a long secret is recognized by its beginning, and a short word is not treated as a secret', () => {
  const token = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const redactor = redactorOf(token, 'short', '123456');
  assert.equal(redactor.redact(`token ${token.slice(0, 20)}… refused`), 'token [redacted]… refused');
  assert.equal(redactor.redact('a short one, 1234567'), 'a short one, [redacted]7');
  assert.equal(redactorOf('', 'five5').redact('five5'), 'five5');
});

test('a secret is removed whole even if its beginning or another secret also matches', () => {
  const pair = 'some one:correct horse battery staple';
  const redactor = redactorOf(pair, 'correct horse battery staple');
  assert.equal(redactor.redact(`<${pair}>`), '<[redacted]>');
});

test('only the latest sets of renewed secrets are kept', () => {
  const redactor = new Redactor();
  const secret = (index: number) => `secret-number-${index}!`;
  for (let index = 1; index <= 20; index++) redactor.add([secret(index)]);
  redactor.add([secret(20)]);
  assert.equal(redactor.redact(`${secret(13)} ${secret(20)}`), '[redacted] [redacted]');
  assert.equal(redactor.redact(secret(12)), secret(12));
});

test('an error loses its secrets in message and stack, and the properties that quote a whole answer', () => {
  const error = Object.assign(new Error(`bad ${SECRET}`), { rawPacket: SECRET, cert: {}, code: 'HPE_X' });
  const shown = redactorOf(SECRET).redactError(error);
  assert.equal(shown, error);
  assert.equal(shown.message, 'bad [redacted]');
  assert.ok(!shown.stack?.includes(SECRET));
  assert.deepEqual(Object.keys(shown), ['code']);
  const frozen = new DOMException(SECRET);
  assert.equal(redactorOf(SECRET).redactError(frozen), frozen, 'one that cannot be changed does no harm');
});
