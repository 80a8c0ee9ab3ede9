import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net, { type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const LISTENER = new URL('../../../src/portforward/listener.ts', import.meta.url).href;
/** The process's limit of handles, Node's own included. */
const LIMIT = 64;

test('connections that are reset for lack of file handles are reported once', {
  skip: process.platform === 'win32',
}, async () => {
  const program = `
    const { listen } = await import(${JSON.stringify(LISTENER)});
    const tell = (text) => process.stdout.write(text + '\\n');
    const onShortage = ({ localPort }) => tell('shortage ' + localPort);
    const { addresses } = await listen(['127.0.0.1'], [{ local: 0, remote: 80 }], () => {}, onShortage);
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
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const port = Number((await lines.next()).value);
    const connectMany = async () => {
      const more = Array.from({ length: LIMIT }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
      clients.push(...more);
      // Some are reset, because the process is out of handles by then.
      await Promise.any(more.map((client) => new Promise((resolve) => client.once('close', resolve))));
    };
    await connectMany();
    assert.equal((await lines.next()).value, `shortage ${port}`);
    await connectMany();
    child.kill();
    assert.equal((await lines.next()).done, true, 'nothing more is told');
  } finally {
    child.kill('SIGKILL');
    for (const client of clients) client.destroy();
  }
});
