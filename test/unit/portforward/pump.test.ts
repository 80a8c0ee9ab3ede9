import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { CodedError, isCoded } from '../../../src/base/errors.ts';
import type { Traffic } from '../../../src/portforward/connectionCounts.ts';
import { pump } from '../../../src/portforward/pump.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeSocket } from '../../support/fakeSocket.ts';
import { FakePodConnection } from '../../support/fakeTunnel.ts';
import { readToClose, socketPair } from '../../support/socketPair.ts';
import { settle } from '../../support/spdyBytes.ts';
import type { SpdyTransport } from '../../support/spdyTransport.ts';

const GRACE_MS = 250;
const lost = new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'it broke' });

/** Records a pump's reports. */
class FakeReport {
  onEvict: ((error: CodedError) => void) | undefined;
  received = 0;
  isStalled = false;
  isLingering = false;
  limitBytes = 0;

  mayHoldMore(waitingBytes: number): boolean {
    return waitingBytes < this.limitBytes;
  }

  setLingering(): void {
    this.isLingering = true;
  }

  addReceived(bytes: number): void {
    this.received += bytes;
  }

  setStalled(isStalled: boolean): void {
    this.isStalled = isStalled;
  }
}

function start(socket: Parameters<typeof pump>[0]) {
  const pod = new FakePodConnection();
  const traffic: Traffic = { bytesSent: 0, bytesReceived: 0 };
  const report = new FakeReport();
  const clock = new FakeClock();
  let hasEnded = false;
  const pieces: number[] = [];
  const onPayload = (bytes: number) => void pieces.push(bytes);
  const over = pump(socket, pod, traffic, report, clock, { onPayload }).finally(() => {
    hasEnded = true;
  });
  return { pod, data: pod.data, traffic, pieces, report, clock, over, hasEnded: () => hasEnded };
}

/** Starts a pump between a fake client and a fake pod, which ends with the test. */
function startFake(test: TestContext, socket = new FakeSocket()) {
  const started = start(socket.asSocket);
  test.after(async () => {
    socket.destroy();
    await started.over;
  });
  return { socket, ...started };
}

/** Starts a pump between a real TCP client and a fake pod. */
async function startReal(test: TestContext) {
  const pair = await socketPair();
  test.after(() => pair[Symbol.dispose]());
  return { client: pair.client, ...start(pair.accepted) };
}

suite('bytes', () => {
  test('pass in both directions, counted and without a copy', async (t) => {
    const { socket, data, traffic, pieces, report } = startFake(t);
    const request = Buffer.from('a request');
    const answer = Buffer.alloc(50_000, 'x');
    socket.deliver(request);
    data.deliver(answer);
    await settle();
    assert.ok(data.chunks.includes(request));
    assert.ok(socket.chunks.includes(answer));
    assert.deepEqual(traffic, { bytesSent: 9, bytesReceived: 50_000 });
    assert.deepEqual(pieces, [9, 50_000]);
    assert.equal(report.received, 50_000);
  });

  for (const [name, endsOf] of [
    ['the pod does not read hold the client up', ({ socket, data }) => [socket, data]],
    ['the client does not read hold the pod up', ({ socket, data }) => [data, socket]],
  ] as const satisfies [string, (fake: ReturnType<typeof startFake>) => [SpdyTransport, SpdyTransport]][]) {
    test(`that ${name} at a bounded number`, async (t) => {
      const fake = startFake(t);
      const { report } = fake;
      const [from, to] = endsOf(fake);
      to.stall();
      const chunk = Buffer.alloc(16_384, 'x');
      let delivered = 0;
      while (from.deliver(chunk) && delivered < 1_000) {
        delivered++;
        await settle();
      }
      assert.ok(from.isPaused() && report.isStalled);
      assert.ok(to.writableLength <= to.writableHighWaterMark + chunk.length);
      to.flow();
      await settle();
      assert.ok(!from.isPaused() && !report.isStalled);
      assert.equal(to.sent.length, (delivered + 1) * chunk.length);
    });
  }

  test('wait up to the limit for a slow client while others share its tunnel', async (t) => {
    const { socket, data, report } = startFake(t);
    report.limitBytes = 500_000;
    socket.stall();
    for (let sent = 0; sent < 400_000; sent += 100_000) {
      data.deliver(Buffer.alloc(100_000));
      await settle();
      assert.ok(!data.isPaused() && report.isStalled);
    }
    for (let sent = 0; sent < 200_000; sent += 100_000) {
      data.deliver(Buffer.alloc(100_000));
      await settle();
    }
    assert.ok(data.isPaused() && report.isStalled);
    socket.flow();
    await settle();
    assert.ok(!data.isPaused() && !report.isStalled);
    assert.equal(socket.sent.length, 600_000);
  });

  test('that a slow client reads after the FIN of the pod count as stalled until they are read', async (t) => {
    const { socket, data, pod, report } = startFake(t);
    report.limitBytes = 200_000;
    pod.confirm();
    socket.stall();
    data.deliver(Buffer.alloc(100_000, 'x'));
    await settle();
    data.push(null);
    await settle();
    assert.ok(report.isStalled && socket.writableEnded);
    socket.flow();
    await settle();
    assert.equal(report.isStalled, false);
  });

  test('that stall in both directions count as stalled until both move', async (t) => {
    const { socket, data, report } = startFake(t);
    const chunk = Buffer.alloc(200_000);
    data.stall();
    socket.stall();
    socket.deliver(chunk);
    data.deliver(chunk);
    await settle();
    assert.ok(report.isStalled);
    socket.flow();
    await settle();
    assert.ok(report.isStalled);
    data.flow();
    await settle();
    assert.ok(!report.isStalled);
  });
});

suite('half-close', () => {
  test('by the client reaches the pod, whose answer still arrives', async (t) => {
    const { client, data, pod, over, clock } = await startReal(t);
    const ending = readToClose(client);
    client.end('question');
    await once(data, 'finish');
    assert.equal(data.sent.toString(), 'question');
    data.push(Buffer.from('answer'));
    data.push(null);
    pod.confirm();
    assert.deepEqual(await ending, { received: Buffer.from('answer'), sawEnd: true, error: undefined });
    assert.equal(await over, undefined);
    assert.equal(clock.pending, 0);
    assert.ok(pod.isDisposed);
  });

  test('by the client before its connection is led to the pod reaches the pod', async () => {
    using pair = await socketPair();
    pair.client.end();
    pair.accepted.read(0);
    await once(pair.accepted.resume(), 'end');
    const { data, report } = start(pair.accepted);
    await once(data, 'finish');
    assert.ok(report.isLingering);
  });

  test('by the pod reaches the client, which can still send', async (t) => {
    const { client, data, pod, over } = await startReal(t);
    data.push(Buffer.from('greeting'));
    data.push(null);
    pod.confirm();
    client.resume();
    await once(client, 'end');
    client.write('more');
    while (data.sent.toString() !== 'more') await settle();
    client.end();
    assert.equal(await over, undefined);
    assert.ok(data.writableFinished);
  });
});

suite("the pod's FIN is held for the reason of a failure", () => {
  test('so that a refused connection gives the client a reset and never a FIN', async (t) => {
    const { client, data, pod, over, clock } = await startReal(t);
    const ending = readToClose(client);
    data.push(null);
    await settle();
    clock.advance(GRACE_MS - 1);
    pod.confirm('connection refused');
    const { sawEnd, error } = await ending;
    assert.ok(!sawEnd);
    assert.ok(error !== undefined);
    const failure = await over;
    assert.ok(isCoded(failure, 'CONNECTION_FAILED'));
    assert.equal(failure.message, 'connection refused');
    assert.equal(clock.pending, 0);
  });

  test('which may come first, even after an answer', async (t) => {
    const { socket, data, pod, over } = startFake(t);
    data.deliver(Buffer.from('half an answ'));
    pod.confirm('the network broke');
    assert.equal((await over)?.message, 'the network broke');
    assert.ok(socket.isReset && !socket.writableEnded);
  });

  test('and passed on after 250 ms without one', async (t) => {
    const { socket, data, clock, over } = startFake(t);
    data.push(null);
    await settle();
    clock.advance(GRACE_MS - 1);
    assert.ok(!socket.writableEnded);
    clock.advance(1);
    assert.ok(socket.writableEnded && !socket.destroyed);
    socket.push(null);
    assert.equal(await over, undefined);
    assert.ok(!socket.isReset);
  });

  test('and passed on at once when nothing failed', async (t) => {
    const { socket, data, pod, clock, over } = startFake(t);
    pod.confirm();
    await settle();
    data.push(null);
    await settle();
    assert.ok(socket.writableEnded);
    assert.equal(clock.pending, 0);
    socket.push(null);
    assert.equal(await over, undefined);
  });

  test('until the client leaves', async (t) => {
    const { socket, data, clock, over } = startFake(t);
    data.push(null);
    await settle();
    assert.equal(clock.pending, 1);
    socket.destroy();
    assert.equal(await over, undefined);
    assert.equal(clock.pending, 0);
  });
});

suite('a reset', () => {
  test('by the client cuts off the pod and is no failure', async (t) => {
    const { client, pod, over } = await startReal(t);
    client.resetAndDestroy();
    assert.equal(await over, undefined);
    assert.ok(pod.isDisposed);
  });

  test('by the pod reaches the client at once, and its reason may follow', async (t) => {
    const { client, data, pod, clock, over, hasEnded } = await startReal(t);
    data.deliver(Buffer.from('half'));
    const ending = readToClose(client);
    await settle();
    data.destroy(new Error('stream reset'));
    const { sawEnd, error } = await ending;
    assert.ok(!sawEnd);
    assert.ok(error !== undefined);
    assert.ok(!hasEnded());
    pod.confirm('it crashed');
    assert.equal((await over)?.message, 'it crashed');
    assert.equal(clock.pending, 0);
  });

  test("without a reason counts as the pod's after 250 ms, or once nothing else can arrive", async (t) => {
    const silent = startFake(t);
    silent.data.destroy(new Error('stream reset'));
    await settle();
    assert.ok(silent.socket.isReset);
    silent.clock.advance(GRACE_MS);
    const failure = await silent.over;
    assert.ok(isCoded(failure, 'CONNECTION_FAILED'));
    assert.match(failure.message, /the pod reset the connection/);
    const confirmed = startFake(t);
    confirmed.data.destroy(new Error('stream reset'));
    await settle();
    confirmed.pod.confirm();
    assert.match((await confirmed.over)?.message ?? '', /the pod reset the connection/);
    assert.equal(confirmed.clock.pending, 0);
  });

  test('by a lost tunnel gives the client its reason', async (t) => {
    const { socket, data, clock, over } = startFake(t);
    data.deliver(Buffer.from('half'));
    await settle();
    data.destroy(lost);
    assert.equal(await over, lost);
    assert.ok(socket.isReset);
    assert.equal(clock.pending, 0);
  });

  test('reaches a stalled client too', async (t) => {
    const { socket, data, over, report } = startFake(t);
    socket.stall();
    data.deliver(Buffer.alloc(200_000));
    await settle();
    assert.ok(report.isStalled);
    data.destroy(lost);
    assert.equal(await over, lost);
    assert.ok(socket.isReset);
  });

  test('of the tunnel after a complete answer does not cut off a slow client', async (t) => {
    const { socket, data, pod, over, hasEnded } = startFake(t);
    pod.confirm();
    socket.stall();
    data.deliver(Buffer.alloc(50_000, 'x'));
    data.push(null);
    await settle();
    assert.ok(socket.writableEnded && !socket.writableFinished);
    // The pod has already closed its direction. Only the direction to the pod is still open, and it fails.
    data.destroy(lost);
    await settle();
    assert.ok(!hasEnded() && !socket.isReset);
    socket.flow();
    await settle();
    assert.equal(socket.sent.length, 50_000);
    assert.ok(!hasEnded());
    socket.push(null);
    assert.equal(await over, lost);
    assert.ok(!socket.isReset);
  });

  test('by the pod after a complete answer does not cut off a slow client that still uploads', async (t) => {
    const { client, data, pod, over } = await startReal(t);
    const answer = Buffer.alloc(8_000_000, 'x');
    pod.confirm();
    client.pause();
    data.deliver(answer);
    data.push(null);
    await settle();
    data.destroy(new Error('reset'));
    client.write('the rest of an upload');
    const ending = readToClose(client);
    client.once('end', () => client.end());
    client.resume();
    const { received, sawEnd, error } = await ending;
    assert.equal(received.length, answer.length);
    assert.ok(sawEnd);
    assert.equal(error, undefined);
    assert.ok(isCoded(await over, 'CONNECTION_FAILED'));
  });

  test('by the pod after a complete answer ends the stall of an upload that the pod has not read', async (t) => {
    const { socket, data, pod, report } = startFake(t);
    pod.confirm();
    data.stall();
    socket.deliver(Buffer.alloc(100_000, 'x'));
    await settle();
    data.push(null);
    await settle();
    assert.ok(report.isStalled);
    data.destroy(lost);
    await settle();
    assert.equal(report.isStalled, false);
  });

  test('by the pod after a complete answer closes the socket of a client that sends on for 30 s', async (t) => {
    const { socket, data, pod, over, clock, hasEnded } = startFake(t);
    pod.confirm();
    data.push(null);
    await settle();
    data.destroy(lost);
    await settle();
    socket.deliver(Buffer.from('more'));
    await settle();
    assert.ok(!hasEnded());
    clock.advance(30_000);
    assert.equal(await over, lost);
  });

  test('is assumed for a connection that closes without an end or error', async (t) => {
    const { socket, data, over } = startFake(t);
    data.destroy();
    assert.ok(isCoded(await over, 'CONNECTION_FAILED'));
    assert.ok(socket.isReset);
  });
});

suite('its end', () => {
  test('by eviction resets the client with the reason', async (t) => {
    const { socket, pod, report, over } = startFake(t);
    const stalled = new CodedError('STALLED', { seconds: 10 });
    report.onEvict?.(stalled);
    assert.equal(await over, stalled);
    assert.ok(socket.isReset && pod.isDisposed);
  });

  test('by eviction also ends the wait for a reason', async (t) => {
    const { data, report, over, clock } = startFake(t);
    data.destroy(new Error('stream reset'));
    await settle();
    assert.equal(clock.pending, 1);
    const stopped = new CodedError('STOPPED');
    report.onEvict?.(stopped);
    assert.equal(await over, stopped);
    assert.equal(clock.pending, 0);
  });

  test('comes at once for a client that was gone before', async (t) => {
    const socket = new FakeSocket();
    socket.destroy();
    await settle();
    const { over, pod } = startFake(t, socket);
    assert.equal(await over, undefined);
    assert.ok(pod.isDisposed);
  });

  test('is followed by nothing', async (t) => {
    const { socket, data, pod, report, clock, over } = startFake(t);
    socket.destroy();
    await over;
    pod.confirm('too late');
    report.onEvict?.(new CodedError('STOPPED'));
    data.emit('error', new Error('too late'));
    await settle();
    assert.equal(clock.pending, 0);
    assert.ok(!socket.isReset);
  });
});
