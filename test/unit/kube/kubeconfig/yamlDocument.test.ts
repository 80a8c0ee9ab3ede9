import assert from 'node:assert/strict';
import { test } from 'node:test';
import { YamlDocument, type YamlPath } from '../../../../src/kube/kubeconfig/yamlDocument.ts';

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

test('each value knows its line, and a missing one the line of its parent', () => {
  const document = YamlDocument.parse(TEXT);
  const lines: readonly (readonly [YamlPath, number])[] = [
    [['base'], 3],
    [['base', 'one'], 3],
    [['list', 0], 5],
    [['list', 0, 'name'], 5],
    [['list', 0, 'empty'], 5],
    [['list', 0, 'empty', 'gone'], 5],
    [['list', 0, 'merged', 'one'], 7],
    [['list', 0, 'gone'], 5],
    [['list', 1], 8],
    [['list', 1, 'one'], 8],
    [['list', 2], 10],
    [['last'], 11],
    [['nowhere', 'name'], 2],
  ];
  for (const [path, line] of lines) assert.equal(document.lineOf(path), line, path.join('.'));
  assert.deepEqual(document.value, {
    base: { one: 1 },
    list: [{ name: 'first', empty: null, merged: { one: 1, two: 2 } }, { one: 1 }, { name: 'third' }],
    last: 'x',
  });
});

test('nothing after the first document is read', () => {
  const first = { a: 1 };
  const texts = [
    'a: 1\n---\nb: 2\n',
    'a: 1\n--- {{ template\n',
    'a: 1\n...\n: [ {\n',
    '# comment\n%YAML 1.1\n--- # comment\na: 1\n---\n*gone\n',
    '---\na: 1\n...\n',
    '--- {a: 1}\n---\n',
  ];
  for (const text of texts) assert.deepEqual(YamlDocument.parse(text).value, first, text);
  assert.deepEqual(YamlDocument.parse('a: |\n  ---\n').value, { a: '---\n' });
  assert.equal(YamlDocument.parse('---\n---\na: 1\n').value, null);
  const empty = YamlDocument.parse('');
  assert.deepEqual([empty.value, empty.lineOf(['a'])], [undefined, 1]);
});

test('the last of two members with one name counts, with its line, also if one is merged', () => {
  const document = YamlDocument.parse('a: 1\nb: {c: 1, c: 2}\na: 2\n');
  assert.deepEqual(document.value, { a: 2, b: { c: 2 } });
  assert.equal(document.lineOf(['a']), 3);
  const merged = YamlDocument.parse(
    'a: &a {x: 1}\nb: {x: 2, <<: *a}\nc: {<<: *a, x: 2}\nd: {<<: [*a, {x: 3, z: 4}]}\n',
  );
  assert.deepEqual(merged.value, { a: { x: 1 }, b: { x: 1 }, c: { x: 2 }, d: { x: 1, z: 4 } });
});

/**
 * Scalars and the values that kubectl reads, found with `kubectl create --dry-run=client` and `kubectl config view`.
 */
const SCALARS: readonly (readonly [string, unknown])[] = [
  ...['yes', 'Y', 'on', 'True', '!!bool "yes"'].map((text) => [text, true] as const),
  ...['no', 'n', 'OFF', 'False'].map((text) => [text, false] as const),
  ...['', '~', 'null', 'NULL'].map((text) => [text, null] as const),
  ...['"yes"', "'yes'", '!!str yes', '! yes', '!unknown yes', '!<tag:yaml.org,2002:str> yes'].map(
    (text) => [text, 'yes'] as const,
  ),
  ['nUlL', 'nUlL'],
  ['0123', 83],
  ['0o17', 15],
  ['0x1F', 31],
  ['-0b11', -3],
  ['1_000', 1000],
  ['089', 89],
  ['1e3', 1000],
  ['.5', 0.5],
  ['12:30', '12:30'],
  ['1.2.3', '1.2.3'],
  ['2001-01-01', '2001-01-01'],
  ['+', '+'],
  ['!!binary aGFsbG8=', 'hallo'],
  ['!!float 3', 3],
  ['!custom {a: b}', { a: 'b' }],
  ['!!set {a, b}', { a: null, b: null }],
];

for (const [text, value] of SCALARS) {
  test(`a value written ${text || 'as nothing'} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(YamlDocument.parse(`x: ${text}\n`).value, { x: value });
  });
}

test('names of other types become texts, and an unsuitable one is refused', () => {
  assert.deepEqual(
    YamlDocument.parse('yes: 1\n012: 2\n"__proto__": 3\n').value,
    JSON.parse('{"true":1,"10":2,"__proto__":3}'),
  );
  for (const text of ['~: 1', '? [a]\n: 1', '? {a: b}\n: 1']) {
    assert.throws(() => YamlDocument.parse(text), { name: 'YamlError' }, text);
  }
});

for (const [name, text, line] of [
  ['a tag that does not fit', 'a: 1\nb: !!int abc', 2],
  ['a binary that is no base64', 'a: 1\nb: !!binary "a*"', 2],
  ['an infinite number', 'a: 1\nb: .inf', 2],
  ['an alias without its anchor', 'a: 1\nb: *gone', 2],
  ['a merge of what is no mapping', 'a: 1\nb: {<<: 1}', 2],
  ['a tag whose handle is not declared', 'a: 1\nb: !e!x 1', 2],
  ['a control character', 'a: 1\nb: \u0007', 2],
  ['YAML 1.2 by its directive', '%YAML 1.2\n---\na: 1', 1],
] as const) {
  test(`${name} is refused with its line`, () => {
    assert.throws(() => YamlDocument.parse(text), { name: 'YamlError', line });
  });
}

test('a deeply nested value and a long list are read', () => {
  const depth = 1_000;
  const nested = YamlDocument.parse(`${'['.repeat(depth)}x${']'.repeat(depth)}`);
  assert.equal([nested.value].flat(depth)[0], 'x');
  const many = YamlDocument.parse(`list:\n${'- name: a\n'.repeat(5_000)}`);
  assert.equal(many.lineOf(['list', 4_999]), 5_001);
});

/** Each line repeats the previous line nine times, so these few lines expand to billions of texts. */
const BOMB = ['a: &a0 [x, x, x, x, x, x, x, x, x]']
  .concat(
    Array.from({ length: 9 }, (_none, level) => `b${level}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`),
  )
  .join('\n');

test('aliases that expand without end are refused with the line', () => {
  assert.throws(() => YamlDocument.parse(BOMB), {
    name: 'YamlError',
    message: /aliases expand to too much data/,
    line: 6,
  });
  const maps = [
    'a: &a0 {k: x}',
    ...Array.from(
      { length: 30 },
      (_none, level) => `b${level}: &a${level + 1} {k: *a${level}, l: *a${level}}`,
    ),
  ];
  assert.throws(() => YamlDocument.parse(maps.join('\n')), { name: 'YamlError' });
  const texts = `a: &a ${'x'.repeat(100_000)}\nb: [${'*a, '.repeat(200)}]`;
  assert.throws(() => YamlDocument.parse(texts), { name: 'YamlError', line: 2 });
});

test('an alias inside its own anchor is refused', () => {
  assert.throws(() => YamlDocument.parse('a: &a [*a]'), { name: 'YamlError' });
  assert.throws(() => YamlDocument.parse('a: &a\n  b:\n    c: *a'), { name: 'YamlError', line: 3 });
});

test('reasonable sharing by aliases is accepted', () => {
  const text = `ca: &ca ${'x'.repeat(3_000)}\nlist:\n${'- {ca: *ca}\n'.repeat(1_000)}`;
  const { list } = YamlDocument.parse(text).value as { readonly list: readonly unknown[] };
  assert.equal(list.length, 1_000);
});

test('endlessly nested lists are refused', () => {
  assert.throws(() => YamlDocument.parse('['.repeat(200_000)), { name: 'YamlError' });
});

/** Texts that YAML does not allow and kubectl accepts. */
const ONLY_GO: readonly (readonly [name: string, text: string, value: unknown])[] = [
  ['a comment behind quotation marks', 'x: "a"#c\nz: \'b\'#c\n', { x: 'a', z: 'b' }],
  ['a comment behind a closing bracket', 'x: [a]#c\nz: {b: c}#d\n', { x: ['a'], z: { b: 'c' } }],
  ['a comment behind the head of a block', 'x: |#c\n  a\nz: >-#c\n  b\n', { x: 'a\n', z: 'b' }],
  ['a dash in a flow collection', 'x: [-, a]\nz: {b: -}\n', { x: ['-', 'a'], z: { b: '-' } }],
  ['an escaped apostrophe', 'x: "a\\\'b"\n', { x: "a'b" }],
  ['a quoted text whose next line is not indented', 'x:\n  z: "a\nb"\n', { x: { z: 'a b' } }],
  ['a flow collection whose lines are not indented', 'x:\n  z: [\na,\nb\n]\n', { x: { z: ['a', 'b'] } }],
  ['a flow collection with tabs', 'x: {\n\ta: b\n}\n', { x: { a: 'b' } }],
];

for (const [name, text, value] of ONLY_GO) {
  test(`${name} is read as kubectl reads it, and later lines are right`, () => {
    const document = YamlDocument.parse(`${text}last: 1\n`);
    assert.deepEqual(document.value, { ...(value as object), last: 1 });
    assert.equal(document.lineOf(['last']), text.split('\n').length);
  });
}

for (const [name, text] of [
  ['a plain text whose next line is indented less', 'x:\n  - a\n b\n'],
  ['a closing bracket on the line behind a plain text', 'x: a\n]\n'],
  ['a closing brace on the line behind a nested text', 'x:\n  y: a\n }\n'],
  ['a comma on the line behind a list', 'x:\n  - a\n, b\n'],
  ['a closing bracket on the line behind a block text', 'x: |\n  a\n]\n'],
  ['a closing bracket on the line behind the head of a block text', 'x: >\n]\n'],
  ['a mapping whose lines are indented differently', 'x: "1"\n y: 2\n'],
  ['a document marker in a quoted text', 'x: "a\n---\nb"\n'],
  ['a comment behind an alias', 'y: &a 1\nx: *a#c\n'],
  ['a name of two lines', 'x: {"a\n b": c}\n'],
  ['a colon on the line behind a name', 'x: {a\n  : b}\n'],
  ['a text behind a flow collection that is a part', 'x: [a] b\n'],
  ['a text behind a text', 'x: "a" b\n'],
] as const) {
  test(`YAML with ${name} is refused`, () =>
    assert.throws(() => YamlDocument.parse(text), { name: 'YamlError' }));
}

test('a name of more than 1,024 characters is refused unless a question mark marks it as a name', () => {
  const refused = { name: 'YamlError', message: /1,024 characters/, line: 2 };
  const name = (length: number) => 'k'.repeat(length);
  for (const text of [
    `${name(1025)}: 1`,
    `"${name(1023)}": 1`,
    `x: {${name(1025)}: 1}`,
    `&a ${name(1022)}: 1`,
  ]) {
    assert.throws(() => YamlDocument.parse(`y: 1\n${text}\n`), refused, text.slice(0, 8));
  }
  for (const text of [
    `${name(1024)}: 1`,
    `"${name(1022)}": 1`,
    `${'ä'.repeat(1024)}: 1`,
    `? ${name(2000)}\n: 1`,
  ]) {
    assert.equal(Object.keys(YamlDocument.parse(text).value as object).length, 1, text.slice(0, 8));
  }
});

test('text after a flow collection that is the whole document is not read', () => {
  for (const text of ['{a: [1]} x', '# c\n--- {a: [1]}\n  x: [', '{"a":[1]}{"a":2}']) {
    assert.deepEqual(YamlDocument.parse(text).value, { a: [1] }, text);
  }
  assert.throws(() => YamlDocument.parse('{a: [1] x}'), { name: 'YamlError' });
});

test('a text with many repairs is read quickly or refused', () => {
  const many = `x: [${' "a"#c\n ,'.repeat(300)}]\n`;
  assert.equal((YamlDocument.parse(many).value as { readonly x: unknown[] }).x.length, 300);
  assert.throws(() => YamlDocument.parse(`x: [${' "a"#c\n ,'.repeat(5_000)}]\n`), { name: 'YamlError' });
});
