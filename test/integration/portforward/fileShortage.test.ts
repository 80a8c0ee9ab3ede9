import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net, { type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

const LISTENER = new URL('../../../src/portforward/listener.ts', import.meta.url).href;
/** The process's limit of handles, Node's own included. */
const LIMIT = 64;

test('connections that are reset for lack of file handles are reported once', {
  skip: process.platform === 'win32',
}, async (t) => {
  const program = `
    const { listen } = await import(${JSON.stringify(LISTENER)});
    const tell = (text) => process.stdout.write(text + '\\n');
    const onShortage = ({ localPort }) => tell('shortage ' + localPort);
    const hold = (socket) => socket.on('error', () => {}).once('end', () => socket.destroy()).resume();
    const { addresses } = await listen(['127.0.0.1'], [{ local: 0, remote: 80 }], hold, onShortage);
    tell(String(addresses[0].localPort));
  `;
  const command = [
    '-c',
    `ulimit -n ${LIMIT}; exec "$0" --input-type=module -e "$1"`,
    process.execPath,
    program,
  ];
  const child = spawn('sh', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const clients: Socket[] = [];
  t.after(() => {
    child.kill('SIGKILL');
    for (const client of clients) client.destroy();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const connectMany = () => {
    for (const client of clients.splice(0)) client.destroy();
    for (let i = 0; i < LIMIT; i++) clients.push(net.connect(port, '127.0.0.1').on('error', () => {}));
  };
  connectMany();
  assert.equal((await lines.next()).value, `shortage ${port}`);
  connectMany();
  // The process looks again a second after a connection. No reset tells that it did: libuv can lose the handle that it resets with.
  await setTimeout(1_500);
  child.kill();
  assert.equal((await lines.next()).done, true, 'nothing more is told');
});
