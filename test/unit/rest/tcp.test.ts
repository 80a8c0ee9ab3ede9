import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unreachableReason } from '../../../src/rest/tcp.ts';

const failure = (code: string) => Object.assign(new Error(`connect ${code} 192.168.1.5:6443`), { code });

test('a host that macOS keeps a program from is reported with the needed permission', () => {
  const reason = unreachableReason(failure('EHOSTUNREACH'), 'darwin');
  assert.match(reason, /^connect EHOSTUNREACH .*; .*Privacy & Security > Local Network$/);
  const both = new AggregateError([failure('ECONNREFUSED'), failure('EHOSTUNREACH')]);
  assert.match(unreachableReason(both, 'darwin'), /Local Network/);
});

test('another error or system does not mention permissions', () => {
  assert.equal(unreachableReason(failure('ECONNREFUSED'), 'darwin'), 'connect ECONNREFUSED 192.168.1.5:6443');
  assert.equal(unreachableReason(failure('EHOSTUNREACH'), 'linux'), 'connect EHOSTUNREACH 192.168.1.5:6443');
});
