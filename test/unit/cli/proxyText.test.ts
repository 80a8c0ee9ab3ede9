import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportText } from '../../../src/cli/proxy/proxyText.ts';

const OPTIONS = { JAVA_TOOL_OPTIONS: String.raw`-Da=\\host\it's` };

test('the variables of a proxy are quoted for the given shell', () => {
  const posix = [String.raw`export JAVA_TOOL_OPTIONS='-Da=\\host\it'\''s'`];
  assert.deepEqual(exportText(OPTIONS, 'bash'), posix);
  assert.deepEqual(exportText(OPTIONS, 'zsh'), posix);
  assert.deepEqual(exportText(OPTIONS, 'fish'), [
    String.raw`set -gx JAVA_TOOL_OPTIONS '-Da=\\\\host\\it\'s'`,
  ]);
  assert.deepEqual(exportText(OPTIONS, 'powershell'), [
    String.raw`$env:JAVA_TOOL_OPTIONS = '-Da=\\host\it''s'`,
  ]);
});

test('the variables of a proxy are quoted for PowerShell on Windows and for a POSIX shell elsewhere, if no shell is given', () => {
  assert.deepEqual(
    exportText(OPTIONS),
    exportText(OPTIONS, process.platform === 'win32' ? 'powershell' : 'bash'),
  );
});
