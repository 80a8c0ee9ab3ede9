import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonError, type JsonFault } from '../../../src/json/jsonError.ts';
import { parseJson } from '../../../src/json/readJson.ts';
import {
  anyScalar,
  array,
  boolean,
  integer,
  integerOrText,
  map,
  number,
  object,
  required,
  type Shape,
  text,
} from '../../../src/json/shape.ts';

const of = (a: Shape<unknown>) => object({ a });

for (const [json, shape, expected] of [
  ['{"a":"x","b":"y"}', of(text()), { a: 'x' }],
  [' { "b" : [1, {"a":"z"}, "]}"] , "a" : "x" } ', of(text()), { a: 'x' }],
  ['{"a":"\\"\\u00e9\\\\"}', of(text()), { a: '"é\\' }],
  ['{"b":"\\"a\\":5","a":"é日"}', of(text()), { a: 'é日' }],
  ['{"a":5}', of(text()), {}],
  ['{"a":{"a":"x"}}', of(text()), {}],
  ['{"a":["x"]}', of(text()), {}],
  ['{"a":null}', of(text()), {}],
  ['{"a":"12345"}', of(text(4)), {}],
  ['{"a":"1234"}', of(text(4)), { a: '1234' }],
  ['{"a":"12345678901","b":1}', of(text(4)), {}],
  ['{"a":true}', of(boolean()), { a: true }],
  ['{"a":"true"}', of(boolean()), {}],
  ['{"a":80}', of(integer(1, 80)), { a: 80 }],
  ['{"a":81}', of(integer(1, 80)), {}],
  ['{"a":0}', of(integer(1, 80)), {}],
  ['{"a":1.5}', of(integer()), {}],
  ['{"a":1e999}', of(integer()), {}],
  ['{"a":1e999}', of(number()), {}],
  [`{"a":${'9'.repeat(100)}}`, of(number()), {}],
  ['{"a":1.5}', of(number()), { a: 1.5 }],
  ['{"a":"http"}', of(integerOrText(0, 9)), { a: 'http' }],
  ['{"a":9}', of(integerOrText(0, 9)), { a: 9 }],
  ['{"a":false}', of(integerOrText(0, 9)), {}],
  ['{"a":false}', of(anyScalar()), { a: false }],
  ['{"a":{"x":"1","y":2,"z":"3"}}', of(map(text())), { a: { x: '1', z: '3' } }],
  ['{"a":{"__proto__":"1"}}', of(map(text())), JSON.parse('{"a":{"__proto__":"1"}}')],
  ['{"a":["1",2,null,"3",[],{}]}', of(array(text())), { a: ['1', '3'] }],
  ['{"a":[1,2]}', of(array(text())), { a: [] }],
  ['{"a":{}}', of(array(text())), {}],
  ['{"a":{"b":1}}', of(object({ b: required(text()) })), {}],
  ['{"a":[{},{"b":"1"},{"b":2}]}', of(array(object({ b: required(text()) }))), { a: [{ b: '1' }] }],
  ['{"a":"x","a":5}', of(text()), { a: 'x' }],
  ['[]', of(text()), undefined],
  ['null', of(text()), undefined],
  ['5', of(text()), undefined],
  ['"x"', of(text()), undefined],
  ['{}', object({ a: required(text()) }), undefined],
  [`{"${'n'.repeat(600)}":1,"a":"x"}`, of(text()), { a: 'x' }],
  [`{"a":{"${'n'.repeat(600)}":"1","b":"2"}}`, of(map(text())), { a: { b: '2' } }],
] as const) {
  test(`${json.slice(0, 60)} is read by ${JSON.stringify(shape.node).length} characters of shape`, () =>
    assert.deepEqual(parseJson(json, shape), expected));
}

const failsWith = (fault: JsonFault) => (error: unknown) =>
  error instanceof JsonError && error.fault === fault;

test('malformed and unfinished JSON have different errors', () => {
  for (const json of [
    '<html>',
    '{"a"}',
    '{a:1}',
    '{,}',
    '{"a":1 "b":2}',
    '{"a":"x"}}',
    '{} {}',
    '{"a":,}',
    '{"b":[1}}',
  ]) {
    assert.throws(() => parseJson(json, of(text())), failsWith('malformed'), json);
  }
  for (const json of ['', ' ', '{', '{"a"', '{"a":', '{"a":"x', '{"b":[{', '{"a":"x"']) {
    assert.throws(() => parseJson(json, of(text())), failsWith('unfinished'), json);
  }
});

test('a kept text is checked to its last character', () => {
  assert.throws(() => parseJson('{"a":"\n"}', of(text())), failsWith('malformed'));
  assert.throws(() => parseJson('{"a":"\\x"}', of(text())), failsWith('malformed'));
});

test('nesting has a limit in kept and skipped parts', () => {
  const nested = (levels: number) => `{"b":${'['.repeat(levels)}${']'.repeat(levels)},"a":"x"}`;
  assert.deepEqual(parseJson(nested(100), of(text())), { a: 'x' });
  assert.throws(() => parseJson(nested(200), of(text())), failsWith('tooDeep'));
  assert.throws(() => parseJson('['.repeat(5_000_000), of(text())), failsWith('tooDeep'));
});

test('a value is kept up to the limit only', () => {
  const many = JSON.stringify({ a: Array.from({ length: 50_000 }, () => 'sixteen letters.') });
  assert.equal(parseJson(many, of(array(text()))), undefined);
});

test('an error contains nothing of the text', () => {
  for (const json of ['SECRET', '{"a":SECRET}', '{"a":"SECRET\n"}', '{"a":"SECRET']) {
    assert.throws(
      () => parseJson(json, of(text())),
      (error) => error instanceof JsonError && !`${error.stack}${error.cause}`.includes('SECRET'),
    );
  }
});
