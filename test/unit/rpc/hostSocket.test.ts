import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import type { HostRecord } from '../../../src/rpc/hostRecord.ts';
import { connectToRecord, isHostAlive } from '../../../src/rpc/hostSocket.ts';
import { coded } from '../../support/coded.ts';
import { never } from '../../support/never.ts';

const RECORD: HostRecord = { socket: 'pipe', secret: '', protocol: 1, version: '1', processId: 42 };

test('a pipe of a host that runs as administrator is reported as such, and the host counts as alive', async (t) => {
  t.mock.method(net, 'connect', () => {
    const socket = new net.Socket();
    const error = Object.assign(new Error('connect EPERM pipe'), { code: 'EPERM' });
    process.nextTick(() => socket.destroy(error));
    return socket;
  });
  await assert.rejects(
    connectToRecord(RECORD, never),
    coded('HOST_NOT_PERMITTED', /PID 42\) runs as administrator/),
  );
  assert.equal(await isHostAlive(RECORD, never), true);
});
