import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preferredLocalPort } from '../../../../src/ui/forwards/preferredLocalPort.ts';

test('the local port is the last one, else the remote number, raised above 1023', () => {
  assert.equal(preferredLocalPort(80, 9000), 9000);
  assert.equal(preferredLocalPort(5432, undefined), 5432);
  assert.equal(preferredLocalPort(1024, undefined), 1024);
  assert.equal(preferredLocalPort(80, undefined), 8080);
  assert.equal(preferredLocalPort(443, undefined), 8443);
  assert.equal(preferredLocalPort(25, undefined), 8025);
  assert.equal(preferredLocalPort(undefined, undefined), 0);
});
