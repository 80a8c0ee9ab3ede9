import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { delay } from '../../../src/base/async.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { startStalledDownload } from '../../support/stalls.ts';
import { connectTo, get } from '../../support/tcpClient.ts';
import { startFor } from './commandProcess.ts';

const LIMIT_MB = 150;
const SETTLED_MB = 1;
const SETTLED_SAMPLES = 3;
const SAMPLE_INTERVAL_MS = 200;

const cluster = await demoClusterFor({ after });

describe('resident memory of the built command', { skip: process.platform !== 'linux' }, () => {
  for (const transport of TRANSPORTS) {
    test(`stays bounded with one stalled download through ${transport}`, async (t) => {
      await using command = startFor(cluster, 'pod/web', ':80', '--transport', transport);
      const port = await command.port(80);
      const stalled = await startStalledDownload(port);
      const settledMb = await settledMemory(command.processId);
      const others = await Promise.all(Array.from({ length: 20 }, () => get(port, '/healthz')));
      assert.ok(others.every(({ body }) => body === 'ok\n'));
      const afterMb = await memory(command.processId);
      stalled.destroy();
      const idle: Socket[] = [];
      for (let count = 0; count < 500; count++) {
        // Opens the connections one after the other, because a server on a busy machine may not accept so many at once.
        idle.push((await connectTo(port)).on('error', () => {}));
      }
      await eventually(
        () => command.stdout.split('Handling connection').length > 521,
        'not every connection is taken',
      );
      const idleMb = await memory(command.processId);
      for (const socket of idle) socket.destroy();
      t.diagnostic(
        `${settledMb} MB stalled, ${afterMb} MB after 20 more requests, ${idleMb} MB with 500 idle connections`,
      );
      assert.ok(Math.max(settledMb, afterMb) < LIMIT_MB, `${settledMb} MB, then ${afterMb} MB`);
    });
  }
});

/** Returns the resident memory of a process (VmRSS) in MB. */
async function memory(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}

/** Waits until the memory of a process no longer grows: then all buffers are full. Returns the memory in MB. */
async function settledMemory(processId: number): Promise<number> {
  let lastMb = 0;
  let calmSamples = 0;
  await eventually(async () => {
    const beforeMb = lastMb;
    await delay(SAMPLE_INTERVAL_MS);
    lastMb = await memory(processId);
    calmSamples = Math.abs(lastMb - beforeMb) <= SETTLED_MB ? calmSamples + 1 : 0;
    return calmSamples === SETTLED_SAMPLES;
  }, 'its memory goes on growing');
  return lastMb;
}
