import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, shorten, withoutEnd } from '../../../src/base/text.ts';

test('a harmless text is unchanged', () => {
  for (const text of ['', 'plain', 'größer als 5 €', 'ポッド', '👩‍🚀', 'a "quoted" \\x1b'])
    assert.equal(printable(text), text);
});

test('characters that move a cursor, break a line or turn the direction are spelled out', () => {
  assert.equal(printable('\u001b[31mred\u001b[0m'), '\\x1b[31mred\\x1b[0m');
  assert.equal(printable('a\r\nb\tc\0d\u007f'), 'a\\x0d\\x0ab\\x09c\\x00d\\x7f');
  assert.equal(printable('\u009b2J \u0085'), '\\x9b2J \\x85');
  assert.equal(printable('\u2028\u2029'), '\\u2028\\u2029');
  assert.equal(printable('\u202eevil\u202c \u2066x\u2069'), '\\u202eevil\\u202c \\u2066x\\u2069');
});

test('no text keeps an unprintable character', () => {
  for (let code = 0; code < 0xffff; code++) {
    const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    if (isControl) assert.match(printable(String.fromCharCode(code)), /^\\x[0-9a-f]{2}$/);
  }
});

test('invisible characters are spelled out, except those that join emoji', () => {
  assert.equal(
    printable('pay\u200bpal a\u200db a\u2060b \ufeffx'),
    'pay\\u200bpal a\\u200db a\\u2060b \\ufeffx',
  );
  assert.equal(printable('ok\u{e0068}\u{e0069}\u{e007f}'), 'ok\\u{e0068}\\u{e0069}\\u{e007f}');
  assert.equal(
    printable('so\u00adft a\u061cb x\ufe0f y\u{e0100} \u3164 \ud800'),
    'so\\xadft a\\u061cb x\\ufe0f y\\u{e0100} \\u3164 \\ud800',
  );
  for (const emoji of ['⚠️', '👩‍🚀', '👩🏽‍🚀', '❤️‍🔥']) assert.equal(printable(emoji), emoji);
});

test('a text that is too long keeps its beginning and end without half a character', () => {
  assert.equal(shorten('123456', 6), '123456');
  assert.equal(shorten('1234567', 6), '123…67');
  assert.equal(shorten('12😀45678', 6), '12…78');
  assert.equal(shorten('12345😀9', 6), '123…9');
  assert.equal(shorten(`${'x'.repeat(900)}: connection refused`, 300).length, 300);
});

test('only the repetitions of a character at the end are removed', () => {
  assert.equal(withoutEnd('//a//b///', '/'), '//a//b');
  assert.equal(withoutEnd('a', '/'), 'a');
  assert.equal(withoutEnd('///', '/'), '');
});
