import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { RequestLog } from '../../../src/inspect/requestLog.ts';
import type { RequestLogMode } from '../../../src/kinds/exchange.ts';
import type { Traffic } from '../../../src/portforward/connectionCounts.ts';
import type { TapOwner } from '../../../src/portforward/connectionTap.ts';
import { pump } from '../../../src/portforward/pump.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeSocket } from '../../support/fakeSocket.ts';
import { FakePodConnection } from '../../support/fakeTunnel.ts';
import { settle } from '../../support/spdyBytes.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';
import { recordedConversations, resplit, type Step } from '../../support/tappedConversation.ts';

const report = {
  addReceived: () => {},
  setStalled: () => {},
  mayHoldMore: () => true,
  setLingering: () => {},
  onEvict: undefined,
};

/**
 * Sends the recorded bytes of one connection through a pump. Returns a hash of what the pod and the client received.
 */
async function carry(steps: readonly Step[], open?: (traffic: Traffic) => TapOwner): Promise<string> {
  const socket = new FakeSocket();
  const pod = new FakePodConnection();
  const traffic: Traffic = { bytesSent: 0, bytesReceived: 0 };
  const over = pump(socket.asSocket, pod, traffic, report, new FakeClock(), { tapOwner: open?.(traffic) });
  for (const { from, bytes } of steps) {
    if (bytes === undefined) continue;
    if (from === 'client') socket.deliver(Buffer.from(bytes));
    else pod.data.deliver(Buffer.from(bytes));
    await settle();
  }
  const hash = createHash('sha256');
  for (const chunk of [...pod.data.chunks, Buffer.from('|'), ...socket.chunks]) hash.update(chunk);
  socket.destroy();
  await over;
  return hash.digest('hex');
}

test('the bytes that pass are the same without a log, with one, and with a recording one', async () => {
  const random = new SpdyRandom(testSeed());
  for (const { name, steps } of recordedConversations()) {
    // Uses the first connection that carries bytes, because browsers open some connections without using them.
    const spoken = steps.find(({ bytes }) => bytes !== undefined)?.connection;
    const one = steps.filter(({ connection }) => connection === spoken);
    const split = resplit(random, one);
    const plain = await carry(split);
    for (const mode of ['off', 'metadata', 'record'] as readonly RequestLogMode[]) {
      const log = new RequestLog();
      const forward = log.forward('1');
      forward.setMode(mode);
      assert.equal(
        await carry(split, (traffic) => forward.open({ pod: 'web', traffic })),
        plain,
        `${name} ${mode}`,
      );
      assert.equal(log.exchanges.list().length > 0, mode !== 'off', `${name} ${mode}`);
    }
  }
});

test("the owner of a tap ends with its connection, and the tap is told of the pod's FIN", async () => {
  const told: string[] = [];
  const tap = {
    fromClient: (chunk: Buffer) => told.push(`client ${chunk}`),
    fromPod: (chunk: Buffer) => told.push(`pod ${chunk}`),
    podEnded: () => told.push('pod ended'),
  };
  const socket = new FakeSocket();
  const pod = new FakePodConnection();
  const traffic: Traffic = { bytesSent: 0, bytesReceived: 0 };
  const tapOwner = { tap, end: () => told.push('over') };
  const over = pump(socket.asSocket, pod, traffic, report, new FakeClock(), { tapOwner });
  socket.deliver(Buffer.from('a'));
  pod.data.deliver(Buffer.from('b'));
  pod.data.push(null);
  await settle();
  socket.destroy();
  await over;
  assert.deepEqual(told, ['client a', 'pod b', 'pod ended', 'over']);
});
