import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { ALPHABET, alphabetHash } from '../../support/alphabet.ts';
import { type DemoForward, demoClusterFor, startDemoForward } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { isSoak } from '../../support/soak.ts';
import {
  connectTo,
  connectToEcho,
  download,
  exchange,
  get,
  readAll,
  readUntil,
  upload,
} from '../../support/tcpClient.ts';

/** Large enough to fill every window and buffer many times; `npm run soak` moves a gigabyte. */
const LARGE_BYTES = isSoak() ? 1_000_000_000 : 150_000_000;

const cluster = await demoClusterFor({ after });

for (const transport of TRANSPORTS) {
  describe(`through ${transport}`, () => {
    let web: DemoForward;
    let echo: DemoForward;

    before(async () => {
      web = await startDemoForward(cluster, { transport, podName: 'web', remotePorts: [80, 9999] });
      echo = await startDemoForward(cluster, { transport, podName: 'echo', remotePorts: [7] });
    });

    after(async () => {
      await web.stop();
      await echo.stop();
      // The container runtime keeps a connection for a second after one side has ended.
      await eventually(
        () => Object.values(openNow()).every((count) => count === 0),
        () => `the server keeps ${JSON.stringify(openNow())}`,
      );
    });

    test('a page arrives', async () => {
      const { status, body } = await get(web.port(80));
      assert.equal(status, 200);
      assert.match(body, /<html/i);
    });

    test('a server that speaks first is heard', async () => {
      const greeter = await startDemoForward(cluster, { transport, podName: 'greeter', remotePorts: [2525] });
      const socket = await connectTo(greeter.port());
      assert.match(await readUntil(socket, '\n'), /^220 /);
      socket.destroy();
      await greeter.stop();
    });

    if (transport !== 'channel') {
      test('the answer and its end arrive after the client has closed its side', async () => {
        assert.equal(await exchange(echo.port(), 'abc\ndef\n'), 'abc\ndef\n');
      });

      test('the client can send after the pod has closed its side', async () => {
        const socket = await connectTo(web.port(80));
        socket.write('GET /healthz HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n');
        assert.match(await readAll(socket), /ok\n$/);
        // The pod has closed its direction of the connection. The client's direction is still open.
        assert.equal(socket.writable, true);
        socket.end('more');
        await once(socket, 'close');
      });
    }

    test('a refused port resets its connection with the reason, and no other', async () => {
      const socket = await connectTo(web.port(9999));
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNRESET');
      const { error: reason } = await web.event('connectionEnded', (event) => event.error !== undefined);
      assert.equal(reason?.code, 'PORT_CLOSED');
      assert.match(
        reason?.message ?? '',
        /^nothing listens on port 9999 in pod web \(.*connect: connection refused/,
      );
      assert.equal((await get(web.port(80))).status, 200);
    });

    test('a reset by the pod reaches the client as a reset', async () => {
      const fault = cluster.faults.add({ type: 'resetPort', namespace: 'demo', pod: 'echo', afterBytes: 3 });
      const socket = await connectTo(echo.port());
      socket.on('data', () => {});
      socket.write('abcdef');
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNRESET');
      fault.dispose();
    });

    test('a reset by the client reaches the pod', async () => {
      const open = () => cluster.activity.current.openPodConnections;
      await eventually(() => open() === 0, 'one of the tests before is left');
      const socket = await connectToEcho(echo.port());
      assert.equal(open(), 1);
      socket.resetAndDestroy();
      await eventually(() => open() === 0, 'the pod keeps it');
    });

    test('each of 500 idle connections still answers', async () => {
      const sockets = await Promise.all(Array.from({ length: 500 }, () => connectTo(echo.port())));
      const answers = sockets.map(async (socket, index) => {
        const text = `connection ${index};`;
        socket.write(text);
        assert.equal(await readUntil(socket, ';'), text);
      });
      await Promise.all(answers);
      for (const socket of sockets) socket.destroy();
      await eventually(() => cluster.activity.current.openPodConnections === 0, 'the pod keeps connections');
    });

    test('200 connections opened and closed at once leave nothing behind', async () => {
      const bodies = await Promise.all(Array.from({ length: 200 }, () => get(web.port(80), '/healthz')));
      assert.ok(bodies.every(({ status, body }) => status === 200 && body === 'ok\n'));
      const sockets = await Promise.all(Array.from({ length: 200 }, () => connectTo(echo.port())));
      for (const socket of sockets) socket.destroy();
      await eventually(() => cluster.activity.current.openPodConnections === 0, 'the pod keeps connections');
    });

    test(`a download of ${LARGE_BYTES} bytes has the right hash`, async () => {
      const { bytes, sha256 } = await download(web.port(80), `/bytes?n=${LARGE_BYTES}`);
      assert.equal(bytes, LARGE_BYTES);
      assert.equal(sha256, alphabetHash(LARGE_BYTES));
    });

    test(`an upload of ${LARGE_BYTES} bytes has the right hash`, async () => {
      const { answer, sha256 } = await upload(web.port(80), '/upload', ALPHABET, LARGE_BYTES);
      assert.deepEqual(answer, { bytes: LARGE_BYTES, sha256 });
    });
  });
}

/** Returns how many connections, tunnels and so on the server has open now. */
function openNow(): Record<string, number> {
  const { openedTunnels: _tunnels, openedPodConnections: _connections, ...open } = cluster.activity.current;
  return open;
}
