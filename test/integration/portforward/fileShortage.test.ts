import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net, { type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

const MODULES = ['session/bindLocalPorts.ts', 'base/async.ts'].map(
  (path) => new URL(`../../../src/${path}`, import.meta.url).href,
);
/** The process's limit of handles, Node's own included. */
const LIMIT = 64;

test('connections that are reset for lack of file handles are reported once', {
  skip: process.platform === 'win32',
}, async (t) => {
  const program = `
    const [{ bindLocalPorts }, { systemClock: clock }] = await Promise.all(
      ${JSON.stringify(MODULES)}.map((module) => import(module)),
    );
    const tell = (text) => process.stdout.write(text + '\\n');
    const onShortage = ({ localPort }, index) => tell('shortage ' + localPort + ' of port ' + index);
    const onConnection = (socket) => socket.on('error', () => {}).once('end', () => socket.destroy()).resume();
    const localPorts = [0, 0].map((port) => ({ mode: 'exact', port }));
    const { signal } = new AbortController();
    const options = { addresses: ['127.0.0.1'], localPorts, clock, signal, onConnection, onShortage };
    const [, second] = await bindLocalPorts(options);
    tell(String(second.addresses[0].localPort));
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
  assert.equal((await lines.next()).value, `shortage ${port} of port 1`);
  connectMany();
  // The process checks for a shortage 1 s after a connection. The test cannot wait for a reset instead: libuv needs a
  // spare handle to reset connections, and can lose this handle.
  await setTimeout(1_500);
  child.kill();
  assert.equal((await lines.next()).done, true, 'nothing more is told');
});
