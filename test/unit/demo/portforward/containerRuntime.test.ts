import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConnectionResetError, PodSocket } from '../../../../src/demo/pods/podSocket.ts';
import { type ContainerRuntime, joinStreams } from '../../../../src/demo/portforward/containerRuntime.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { settle } from '../../../support/spdyBytes.ts';

/** A client and a program in a pod, connected through a container runtime. */
class Joined {
  readonly clock = new FakeClock();
  readonly client: End;
  readonly program: End;
  /** Empty until the runtime has ended the connection. Then contains whether it reported a reset by the pod. */
  readonly ends: boolean[] = [];

  constructor(runtime: ContainerRuntime, resetAfterBytes?: number) {
    const [client, stream] = PodSocket.pair();
    const [pod, program] = PodSocket.pair();
    this.client = new End(client);
    this.program = new End(program);
    joinStreams(runtime, {
      client: stream,
      pod,
      clock: this.clock,
      ...(resetAfterBytes !== undefined && { resetAfterBytes }),
      onEnd: (isPodReset) => {
        this.ends.push(isPodReset);
        stream.end();
      },
    });
  }

  async advance(byMs: number): Promise<void> {
    await settle();
    this.clock.advance(byMs);
    await settle();
  }
}

/** One end of a connection. Records the text, the FIN and the error that it received. */
class End {
  readonly connection: PodSocket;
  text = '';
  hasEnded = false;
  error: Error | undefined;

  constructor(connection: PodSocket) {
    this.connection = connection;
    connection.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    connection.on('end', () => {
      this.hasEnded = true;
    });
    connection.on('error', (error) => {
      this.error = error;
    });
  }

  async write(text: string): Promise<void> {
    this.connection.write(text);
    await settle();
  }

  async end(text?: string): Promise<void> {
    this.connection.end(text);
    await settle();
  }

  /** Disconnects with a reset. */
  async reset(): Promise<void> {
    this.connection.destroy(new ConnectionResetError());
    await settle();
  }
}

// As a real containerd behaves: it passes the bytes at once, and closes the data stream 1 s after the client's FIN.
suite('containerd', () => {
  test("passes no client's FIN to a program, and cuts both directions 1 s later", async () => {
    const joined = new Joined('containerd');
    const { client, program, ends, clock } = joined;
    await client.end('question');
    assert.equal(program.text, 'question');
    await program.write('answer');
    assert.equal(client.text, 'answer');
    clock.advance(999);
    await settle();
    assert.deepEqual([program.hasEnded, client.hasEnded, ends], [false, false, []]);
    clock.advance(1);
    await settle();
    assert.deepEqual([program.hasEnded, client.hasEnded, ends], [true, true, [false]]);
  });

  test("loses an answer that comes later than 1 s after the client's FIN", async () => {
    const joined = new Joined('containerd');
    joined.client.connection.end('question');
    await joined.advance(1_000);
    await joined.program.write('answer');
    assert.equal(joined.client.text, '');
    assert.ok(joined.client.hasEnded);
    assert.ok(joined.program.error instanceof ConnectionResetError);
  });

  test("delivers a closing pod's bytes at once and its FIN 1 s later", async () => {
    const joined = new Joined('containerd');
    await joined.program.end('answer');
    assert.deepEqual([joined.client.text, joined.client.hasEnded], ['answer', false]);
    await joined.advance(1_000);
    assert.deepEqual([joined.client.hasEnded, joined.ends], [true, [false]]);
  });

  test('ends a connection at once that both sides have closed', async () => {
    const joined = new Joined('containerd');
    joined.program.connection.end('answer');
    await joined.client.end();
    assert.deepEqual([joined.client.hasEnded, joined.ends, joined.clock.pending], [true, [false], 0]);
  });

  test("starts the second once the pod has taken the bytes before the client's FIN", async () => {
    const joined = new Joined('containerd');
    joined.program.connection.pause();
    joined.client.connection.end(Buffer.alloc(1_000_000));
    await joined.advance(60_000);
    assert.deepEqual(joined.ends, []);
    joined.program.connection.resume();
    await joined.advance(1_000);
    assert.equal(joined.program.text.length, 1_000_000);
    assert.deepEqual(joined.ends, [false]);
  });

  test("reports a pod's reset once, 1 s later", async () => {
    const joined = new Joined('containerd', 3);
    await joined.program.write('answer');
    assert.deepEqual([joined.client.text, joined.ends], ['ans', []]);
    await joined.advance(1_000);
    assert.deepEqual(joined.ends, [true]);
  });

  test("ends the pod's connection 1 s after the client is gone", async () => {
    const joined = new Joined('containerd');
    await joined.client.reset();
    assert.ok(!joined.program.connection.destroyed);
    await joined.advance(1_000);
    assert.ok(joined.program.error instanceof ConnectionResetError);
    assert.deepEqual(joined.ends, [false]);
  });
});

suite('socat', () => {
  test("passes the client's FIN to the program, which may answer at any time", async () => {
    const joined = new Joined('socat');
    joined.client.connection.end('question');
    await joined.advance(60_000);
    assert.deepEqual([joined.program.text, joined.program.hasEnded], ['question', true]);
    await joined.program.end('answer');
    assert.deepEqual([joined.client.text, joined.client.hasEnded], ['answer', true]);
    assert.deepEqual(joined.ends, [false]);
  });

  test("passes the pod's FIN at once, and the client may continue", async () => {
    const joined = new Joined('socat');
    await joined.program.end('answer');
    assert.deepEqual([joined.client.text, joined.client.hasEnded, joined.ends], ['answer', true, []]);
    await joined.client.end('more');
    assert.deepEqual([joined.program.text, joined.ends], ['more', [false]]);
  });

  test('passes resets at once to the other side', async () => {
    const byPod = new Joined('socat', 0);
    await byPod.program.write('x');
    assert.deepEqual(byPod.ends, [true]);
    const byClient = new Joined('socat');
    await byClient.client.reset();
    assert.ok(byClient.program.error instanceof ConnectionResetError);
  });
});
