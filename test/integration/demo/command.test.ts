import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import net from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../../src/demo.ts', import.meta.url));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`the demo command ends on ${signal} with nothing left`, async () => {
    const child = spawn(process.execPath, [ENTRY], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const exited = once(child, 'exit');
      let output = '';
      await new Promise<void>((resolve) => {
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (output.includes('Press Ctrl-C to stop.')) resolve();
        });
      });
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
      const kubeconfig = /^Kubeconfig: (.+)$/m.exec(output)?.[1] ?? '';
      assert.equal((await stat(kubeconfig)).mode & 0o777, 0o600);
      const idle = net.connect(port, '127.0.0.1');
      await once(idle, 'connect');
      idle.on('error', () => {});
      const cut = new Promise<void>((resolve) => idle.once('close', () => resolve()));
      child.kill(signal);
      assert.deepEqual(await exited, [0, null]);
      await cut;
      await assert.rejects(stat(kubeconfig), { code: 'ENOENT' });
    } finally {
      child.kill('SIGKILL');
    }
  });
}
