import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hostAndPort,
  isListenAddress,
  isLoopback,
  isLoopbackAuthority,
  LISTEN_ADDRESS_PATTERN,
} from '../../../src/base/address.ts';

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

test('isLoopbackAuthority() recognizes a loopback address with and without a port', () => {
  for (const authority of [
    'localhost',
    'localhost:8080',
    '127.0.0.1:80',
    '127.0.0.2:80',
    '[::1]',
    '[::1]:8080',
  ])
    assert.ok(isLoopbackAuthority(authority), authority);
  for (const authority of [
    '',
    ':80',
    '10.0.0.1:80',
    'localhost.example.com',
    '[fe80::1]:80',
    'localhost:port',
  ])
    assert.ok(!isLoopbackAuthority(authority), authority);
});

test('hostAndPort() puts brackets around an IPv6 address only', () => {
  assert.equal(hostAndPort('localhost', 80), 'localhost:80');
  assert.equal(hostAndPort('127.0.0.1', 80), '127.0.0.1:80');
  assert.equal(hostAndPort('::1', 80), '[::1]:80');
  assert.equal(hostAndPort('fe80::1%eth0', 80), '[fe80::1%eth0]:80');
});

test('a forward can listen on localhost and on IP addresses, which the pattern of the schemas allows', () => {
  for (const address of ['localhost', '0.0.0.0', '::', '::1', '::ffff:127.0.0.1', 'fe80::1%eth0']) {
    assert.ok(isListenAddress(address), address);
    assert.match(address, new RegExp(LISTEN_ADDRESS_PATTERN));
  }
  for (const address of ['', 'example.com', '1.2.3', '[::1]', 80, undefined])
    assert.ok(!isListenAddress(address), String(address));
});
