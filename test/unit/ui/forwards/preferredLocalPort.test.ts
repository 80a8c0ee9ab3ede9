import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dependsOnName,
  localPortByName,
  preferredLocalPort,
} from '../../../../src/ui/forwards/preferredLocalPort.ts';

test('the preferred local port is the last one, else the remote number, raised above 1023', () => {
  assert.equal(preferredLocalPort(80, 9000), 9000);
  assert.equal(preferredLocalPort(5432, undefined), 5432);
  assert.equal(preferredLocalPort(1024, undefined), 1024);
  assert.equal(preferredLocalPort(80, undefined), 8080);
  assert.equal(preferredLocalPort(443, undefined), 8443);
  assert.equal(preferredLocalPort(25, undefined), 8025);
  assert.equal(preferredLocalPort(undefined, undefined), 0);
});

test('a named port without a chosen local port depends on its number', () => {
  const any = { mode: 'preferred', port: 0 } as const;
  assert.equal(dependsOnName({ localPort: any, remotePort: 'http' }), true);
  assert.equal(dependsOnName({ localPort: any, remotePort: 80 }), false);
  for (const localPort of [
    { mode: 'exact', port: 0 },
    { mode: 'preferred', port: 9000 },
  ] as const) {
    assert.equal(dependsOnName({ localPort, remotePort: 'http' }), false);
  }
});

test('the local port of a named port follows from its number, and is any free one for an unknown name', () => {
  const ports = [{ name: 'http', number: 80, protocol: 'TCP' }];
  assert.deepEqual(localPortByName('http', ports), { mode: 'preferred', port: 8080 });
  assert.deepEqual(localPortByName('other', ports), { mode: 'preferred', port: 0 });
});
