import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback } from '../../../src/base/address.ts';

test('isLoopback() recognizes every notation of an address that only this machine reaches', () => {
  for (const address of [
    'localhost',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '::1%lo',
  ])
    assert.ok(isLoopback(address), address);
  for (const address of [
    '0.0.0.0',
    '::',
    '0:0:0:0:0:0:0:0',
    '::ffff:0.0.0.0',
    '10.0.0.1',
    'fe80::1%eth0',
    'example.com',
    '',
  ])
    assert.ok(!isLoopback(address), address);
});
