import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionScript } from '../../../src/cli/completion/completionScript.ts';

test('PowerShell quotes each candidate that is not a plain word', () => {
  const script = completionScript('powershell');
  const [, plain = ''] =
    /-notmatch '(.*)'\) \{\s*\$text = .*EscapeSingleQuotedStringContent/.exec(script) ?? [];
  const isPlain = (value: string) => new RegExp(plain).test(value);
  for (const value of ['demo-admin', 'svc/web', '8080:http', '--context=dev', 'jane@dev', 'arn:aws:eks/a_b'])
    assert.ok(isPlain(value), value);
  for (const value of [
    'my cluster',
    'x;calc',
    '$(calc)',
    "it's",
    '@x',
    'a|b',
    'a&b',
    'a`b',
    '{a}',
    '#a',
    '‘',
  ])
    assert.ok(!isPlain(value), value);
  assert.match(script, /CompletionResult\]::new\(\$text, \$value,/);
});

test('PowerShell passes quoted words without their quotes', () => {
  const script = completionScript('powershell');
  assert.match(script, /StringConstantExpressionAst\]\) \{ \$_\.Value \}/);
  assert.match(script, /"=\$current" @before/);
});
