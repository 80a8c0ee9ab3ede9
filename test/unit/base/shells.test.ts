import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { exportLines, quoteWord, type ShellKind } from '../../../src/base/shells.ts';
import { printable } from '../../../src/base/text.ts';
import { powerShellLiterals } from '../../support/hostileRequests.ts';

/** Values that a shell would change or run without correct quoting. */
const VALUES = [
  "it's",
  '"; echo ran; "',
  '$(echo ran) `echo ran` $PATH',
  '%PATH% !PATH! !! ^& | <x >y',
  "back\\slash \\\\ \\' \\",
  'two\nlines\r\n\ttab \u001b[2J',
  '\u2018typographic\u2019 \u201aquotes\u201b',
  'ünïcode 漢字',
  ' spaces ',
  '-n',
  '',
];

test('the line that sets a variable is quoted for each kind of shell', () => {
  const lines = (shell: ShellKind) => exportLines({ A: "it's" }, shell);
  assert.deepEqual(lines('posix'), ["export A='it'\\''s'"]);
  assert.deepEqual(lines('fish'), ["set -gx A 'it\\'s'"]);
  assert.deepEqual(lines('powershell'), ["$env:A = 'it''s'"]);
  assert.deepEqual(lines('cmd'), ['set "A=it\'s"']);
});

for (const shell of ['bash', 'dash'] as const) {
  const skip = spawnSync(shell, ['-c', 'true']).status === 0 ? false : `no ${shell}`;
  test(`a variable in ${shell} has the value unchanged, and the shell runs nothing in the value`, {
    skip,
  }, () => {
    const variables = Object.fromEntries(VALUES.map((value, index) => [`V${index}`, value]));
    const print = VALUES.map((_, index) => `printf '%s\\0' "$V${index}"`);
    const script = [...exportLines(variables, 'posix'), ...print].join('\n');
    const { stdout } = spawnSync(shell, ['-c', script], { encoding: 'utf8' });
    assert.deepEqual(stdout.split('\0').slice(0, -1), VALUES);
  });
}

test('no line for a POSIX shell, fish or PowerShell has a control character, on which the editor of a shell would act', () => {
  for (const shell of ['posix', 'fish', 'powershell'] as const)
    for (const value of VALUES) assert.doesNotMatch(exportLines({ A: value }, shell).join(), /\p{Cc}/u);
});

test('a variable in PowerShell has the value unchanged by the rules of its literals', () => {
  for (const value of VALUES) {
    const [line = ''] = exportLines({ A: value }, 'powershell');
    const rest = line.replace(/'(?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*'/g, 'L');
    assert.match(rest, /^\$env:A = L(?: \+ \[char\]\d+ \+ L)*$/);
    const characters = [...line.matchAll(/' \+ \[char\](\d+) \+ '/g)].map(([, code]) =>
      String.fromCharCode(Number(code)),
    );
    const parts = powerShellLiterals(line);
    assert.equal(parts.map((part, index) => part + (characters[index] ?? '')).join(''), value);
  }
});

test('a value that the Command Prompt would change or run is refused, and special characters within quotes are not', () => {
  assert.deepEqual(exportLines({ A: 'a^b & c | d' }, 'cmd'), ['set "A=a^b & c | d"']);
  for (const value of ['"', '%PATH%', '!PATH!', 'two\nlines'])
    assert.throws(() => exportLines({ A: value }, 'cmd'), RangeError);
});

test('a word of a printed command is quoted only if necessary', () => {
  for (const plain of ['staging', 'arn:aws:eks:eu:1:cluster/x', 'kind-a', 'admin@b', '/a/b.js'])
    assert.equal(quoteWord(plain, false), plain);
  for (const plain of ['staging', 'arn:aws:eks:eu:1:cluster/x', 'kind-a', 'C:\\a\\b.js'])
    assert.equal(quoteWord(plain, true), plain);
  assert.equal(quoteWord('', false), "''");
  assert.equal(quoteWord('a b', false), "'a b'");
});

for (const shell of ['bash', 'dash'] as const) {
  const skip = spawnSync(shell, ['-c', 'true']).status === 0 ? false : `no ${shell}`;
  test(`a word of a printed command is one unchanged argument in ${shell}`, { skip }, () => {
    const words = [...VALUES, 'a\n'].map((value) => quoteWord(value, false));
    const { stdout } = spawnSync(shell, ['-c', `printf '%s\\0' ${words.join(' ')}`], { encoding: 'utf8' });
    assert.deepEqual(stdout.split('\0').slice(0, -1), [...VALUES, 'a\n'].map(printable));
  });
}

test('a word on Windows has double quotes for both shells, or single quotes if double quotes would not protect it', () => {
  assert.equal(quoteWord('a b', true), '"a b"');
  assert.equal(quoteWord('env in (a,b)', true), '"env in (a,b)"');
  assert.equal(quoteWord('C:\\Program Files\\cli.js', true), '"C:\\Program Files\\cli.js"');
  assert.equal(quoteWord("$(calc) it's", true), "'$(calc) it''s'");
  assert.equal(quoteWord('a\u201d; calc', true), "'a\u201d; calc'");
  assert.equal(quoteWord('%PATH%', true), "'%PATH%'");
  assert.equal(quoteWord('a\n b', true), '"a\\x0a b"');
});
