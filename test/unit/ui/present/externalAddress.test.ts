import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isForBrowser } from '../../../../src/kinds/portProtocol.ts';
import { externalAddress } from '../../../../src/ui/present/externalAddress.ts';
import { knownPort } from '../../../../src/ui/present/knownPort.ts';
import { forward } from '../../../support/uiRows.ts';

const to = (remotePort: number | string) => forward('db', {}, { remotePort });

function link(text: string) {
  const { host: authority, pathname: path } = new URL(text);
  return { authority, path, toString: () => text };
}

test('a remote window copies an address that leads from the user to the forward', () => {
  const copied = (remotePort: number | string, external: string) =>
    externalAddress(isForBrowser(knownPort(to(remotePort))), link('http://localhost:8080/'), link(external));
  // Over SSH VS Code listens on the user's machine, perhaps on another port.
  assert.equal(copied(80, 'http://localhost:8081/'), 'localhost:8081');
  assert.equal(copied(5432, 'http://127.0.0.1:8081/'), '127.0.0.1:8081');
  // In a browser the address is a URL, which only browsers can use.
  assert.equal(copied(80, 'https://code.test/proxy/8080/'), 'https://code.test/proxy/8080/');
  assert.equal(copied(80, 'https://8080.code.test/'), '8080.code.test');
  assert.equal(copied(5432, 'https://code.test/proxy/8080/'), 'localhost:8080');
  assert.equal(copied('redis', 'https://8080.code.test/'), 'localhost:8080');
});

test('a port is for browsers unless its appProtocol, its number or the protocol in its name says otherwise', () => {
  for (const port of [80, 443, 8080, 3000, 'http', 'web', 'metrics', 'admin']) {
    assert.equal(isForBrowser(knownPort(to(port))), true, String(port));
  }
  for (const port of [5432, 6379, 27_017, 'postgres', 'tcp-redis', 'mysql', 'grpc-api']) {
    assert.equal(isForBrowser(knownPort(to(port))), false, String(port));
  }
  assert.equal(isForBrowser(knownPort({ ...to('main'), remotePort: 5432 })), false);
  const withProtocol = (appProtocol: string) =>
    isForBrowser(knownPort(forward('db', {}, { remotePort: 'http', appProtocol })));
  for (const appProtocol of ['http', 'kubernetes.io/ws', 'example.com/other'])
    assert.equal(withProtocol(appProtocol), true, appProtocol);
  for (const appProtocol of ['mysql', 'Redis', 'grpc', 'tcp', 'kubernetes.io/h2c', 'h2c'])
    assert.equal(withProtocol(appProtocol), false, appProtocol);
});
