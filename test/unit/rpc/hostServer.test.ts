import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { challengeHost } from '../../../src/rpc/challenge.ts';
import { newSocketName } from '../../../src/rpc/hostRecord.ts';
import { HostServer } from '../../../src/rpc/hostServer.ts';
import { connectToRecord } from '../../../src/rpc/hostSocket.ts';
import type { HostHandlers } from '../../../src/rpc/requestHandlers.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { never } from '../../support/never.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const SECRET = 'the secret of the record';

/** Starts a host's server. `connect` connects a client to the server and proves that the client knows the secret. */
async function bench(test: TestContext, folder: string) {
  const clock = new FakeClock();
  const events: string[] = [];
  const socket = newSocketName(folder);
  const server = new HostServer({
    ...{ path: socket, secret: SECRET, clock },
    serve: () => {
      events.push('served');
      return { handlers: {} as HostHandlers, dispose: () => {} };
    },
    onOccupied: (isOccupied) => events.push(isOccupied ? 'occupied' : 'empty'),
  });
  test.after(() => server.close());
  await server.listen();
  const connect = async () => {
    const client = (await connectToRecord({ socket, processId: 1 }, never)) ?? assert.fail();
    await challengeHost(client, SECRET, clock, never);
    return client;
  };
  return { server, events, connect };
}

test('clients that connect before the server opens are served once it opens, unless they have left', async (t) => {
  await using folder = await temporaryDirectory();
  const { server, events, connect } = await bench(t, folder.path);
  const [staying, leaving] = [await connect(), await connect()];
  leaving.resume().end();
  await once(leaving, 'close');
  assert.deepEqual(events, []);
  server.open();
  await eventually(() => events.length >= 2, 'the first client');
  staying.destroy();
  await eventually(() => events.at(-1) === 'empty', 'the end of the first client');
  assert.deepEqual(events, ['served', 'occupied', 'empty']);
});
