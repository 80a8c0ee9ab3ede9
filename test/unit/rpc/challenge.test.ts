import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { test } from 'node:test';
import { ChallengeError, challengeClient, challengeHost } from '../../../src/rpc/challenge.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const SECRET = 'the secret that is never sent';

/** Two ends of a connection, and all that either sends. */
async function connection(test: {
  after(end: () => void): void;
}): Promise<{ client: Socket; host: Socket; sent: () => string }> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [host] = (await once(server, 'connection')) as [Socket];
  const chunks: Buffer[] = [];
  for (const socket of [client, host]) {
    socket.on('error', () => {});
    const write = socket.write.bind(socket);
    socket.write = ((chunk: Buffer) => {
      chunks.push(chunk);
      return write(chunk);
    }) as Socket['write'];
  }
  test.after(() => {
    client.destroy();
    host.destroy();
    server.close();
  });
  return { client, host, sent: () => Buffer.concat(chunks).toString('latin1') };
}

const failsWith = (reason: ChallengeError['reason']) => (error: unknown) =>
  error instanceof ChallengeError && error.reason === reason;

test('both sides prove that they know the secret, and what follows is theirs', async (t) => {
  const { client, host, sent } = await connection(t);
  const clock = new FakeClock();
  const { signal } = new AbortController();
  await Promise.all([
    challengeHost(client, SECRET, clock, signal),
    challengeClient(host, SECRET, clock, signal),
  ]);
  assert.equal(clock.pending, 0);
  assert.ok(!sent().includes(SECRET));
  client.write(Buffer.from('hello'));
  const [chunk] = (await once(host, 'data')) as [Buffer];
  assert.equal(chunk.toString(), 'hello');
});

test('a client without the secret gets no proof, and is cut off', async (t) => {
  const { client, host } = await connection(t);
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const guess = assert.rejects(challengeHost(client, 'a guess', clock, signal), failsWith('closed'));
  await assert.rejects(challengeClient(host, SECRET, clock, signal), failsWith('wrong'));
  await guess;
  assert.ok(host.destroyed);
});

test('a host without the secret is not spoken to', async (t) => {
  const { client, host } = await connection(t);
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const pretend = async () => {
    host.write(Buffer.alloc(32));
    await once(host, 'data');
    host.write(Buffer.alloc(32));
  };
  await Promise.all([
    assert.rejects(challengeHost(client, SECRET, clock, signal), failsWith('wrong')),
    pretend(),
  ]);
  assert.ok(client.destroyed);
});

test('an echo of what it was sent proves nothing', async (t) => {
  const { client, host } = await connection(t);
  host.write(Buffer.alloc(32, 1));
  host.on('data', (chunk) => host.write(chunk.subarray(32)));
  const { signal } = new AbortController();
  await assert.rejects(challengeHost(client, SECRET, new FakeClock(), signal), failsWith('wrong'));
});

test('who is silent is waited for no longer than 5 s', async (t) => {
  const { client } = await connection(t);
  const clock = new FakeClock();
  const waiting = challengeHost(client, SECRET, clock, new AbortController().signal);
  clock.advance(4_999);
  assert.ok(!client.destroyed);
  clock.advance(1);
  await assert.rejects(waiting, failsWith('silent'));
});
