import assert from 'node:assert/strict';
import { test } from 'node:test';
import { YamlNode } from '../../../src/kube/yamlNode.ts';

const TEXT = `# a comment
base: &base
  one: 1
list:
- name: first
  empty:
  merged: {<<: *base, two: 2}
- *base
-
  name: third
last: x
`;

test('each value knows its line, and what is missing the line of what should hold it', () => {
  const root = YamlNode.parse(TEXT);
  const [first, second, third] = root.member('list').items();
  assert.ok(first && second && third);
  const lines = {
    base: root.member('base').line,
    one: root.member('base').member('one').line,
    first: first.line,
    name: first.member('name').line,
    empty: first.member('empty').line,
    beneathEmpty: first.member('empty').member('gone').line,
    merged: first.member('merged').member('one').line,
    missing: first.member('gone').line,
    alias: second.line,
    beneathAlias: second.member('one').line,
    third: third.line,
    last: root.member('last').line,
    nowhere: root.member('nowhere').member('name').line,
  };
  assert.deepEqual(lines, {
    base: 3,
    one: 3,
    first: 5,
    name: 5,
    empty: 5,
    beneathEmpty: 5,
    merged: 7,
    missing: 5,
    alias: 8,
    beneathAlias: 8,
    third: 10,
    last: 11,
    nowhere: 2,
  });
  assert.equal(second.member('one').text(), '1');
  assert.equal(first.member('merged').member('one').text(), '1');
});

test('of several documents the first counts; an empty text has line 1', () => {
  assert.equal(YamlNode.parse('a: 1\n---\nb: 2\n').member('b').isMissing, true);
  const empty = YamlNode.parse('');
  assert.deepEqual([empty.isMissing, empty.line, empty.member('a').line], [true, 1, 1]);
});

test('a value nested deep, and a list of many, are read', () => {
  const depth = 60;
  let node = YamlNode.parse(`${'['.repeat(depth)}x${']'.repeat(depth)}`);
  for (let level = 0; level < depth; level++) node = node.items()[0] ?? node;
  assert.equal(node.text(), 'x');
  const many = YamlNode.parse(`list:\n${'- name: a\n'.repeat(5_000)}`)
    .member('list')
    .items();
  assert.equal(many[4_999]?.line, 5_001);
});

/** Each level is nine of the one before: nine lines stand for a billion texts. */
const BOMB = ['a: &a0 [x, x, x, x, x, x, x, x, x]']
  .concat(
    Array.from({ length: 9 }, (_none, level) => `b${level}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`),
  )
  .join('\n');

test('aliases that expand without end are refused, with the line', () => {
  assert.throws(() => YamlNode.parse(BOMB), {
    name: 'YamlError',
    message: /aliases expand without end/,
    line: 6,
  });
  const maps = [
    'a: &a0 {k: x}',
    ...Array.from(
      { length: 30 },
      (_none, level) => `b${level}: &a${level + 1} {k: *a${level}, l: *a${level}}`,
    ),
  ];
  assert.throws(() => YamlNode.parse(maps.join('\n')), { name: 'YamlError' });
  const texts = `a: &a ${'x'.repeat(100_000)}\nb: [${'*a, '.repeat(200)}]`;
  assert.throws(() => YamlNode.parse(texts), { name: 'YamlError', line: 2 });
});

test('an alias within what it is an alias of is refused', () => {
  assert.throws(() => YamlNode.parse('a: &a [*a]'), { name: 'YamlError' });
  assert.throws(() => YamlNode.parse('a: &a\n  b:\n    c: *a'), { name: 'YamlError', line: 3 });
});

test('what is shared in earnest is no bomb', () => {
  const text = `ca: &ca ${'x'.repeat(3_000)}\nlist:\n${'- {ca: *ca}\n'.repeat(1_000)}`;
  assert.equal(YamlNode.parse(text).member('list').items().length, 1_000);
});

test('lists within lists without end are refused', () => {
  assert.throws(() => YamlNode.parse('['.repeat(200_000)), { name: 'YamlError' });
});
