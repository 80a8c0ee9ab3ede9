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
