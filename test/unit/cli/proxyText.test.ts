import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportText, proxyFields, proxyText } from '../../../src/cli/proxy/proxyText.ts';
import { gatewayAddresses } from '../../../src/gateway/variables.ts';

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

test('the text and the JSON of a proxy give a URL only for services that programs can connect to', () => {
  const url = 'http://web.demo.localhost:8900/';
  const shown = {
    ...gatewayAddresses(8900),
    namespaces: ['demo'],
    services: [
      { namespace: 'demo', name: 'dns', hasSelector: true, readyPods: 1, pods: 2 },
      { namespace: 'demo', name: 'old', hasSelector: false, readyPods: 0, pods: 0 },
      { namespace: 'demo', name: 'web', url, hasSelector: true, readyPods: 2, pods: 2 },
    ],
    variables: {},
  };
  assert.deepEqual(proxyText(shown, 'bash').split('\n').slice(1, 4), [
    '  dns.demo  (no TCP port)                    1 of 2 pods ready',
    '  old.demo  (no selector)',
    `  web.demo  ${url}  2 of 2 pods ready`,
  ]);
  const { services } = proxyFields(shown) as { readonly services: readonly object[] };
  assert.deepEqual(JSON.parse(JSON.stringify(services)), shown.services);
});
