import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import net from 'node:net';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ASKABLE, askToEnd } from '../../support/askToEnd.ts';
import { assertPrivate } from '../../support/assertPrivate.ts';

const ENTRY = fileURLToPath(new URL('../../../src/demo.ts', import.meta.url));

/** The ways to end a demo cluster, with the start options that each needs. */
const WAYS = {
  SIGINT: { ask: (child: ChildProcess) => askToEnd(child, 'SIGINT'), ...ASKABLE },
  SIGTERM: { ask: (child: ChildProcess) => askToEnd(child, 'SIGTERM'), ...ASKABLE },
  // The forward host ends its demo cluster in this way, on every system.
  'the end of its channel': {
    ask: (child: ChildProcess) => child.disconnect(),
    nodeArguments: [],
    stdio: ['ipc'],
  },
} as const;

for (const [name, { ask, nodeArguments, stdio }] of Object.entries(WAYS)) {
  test(`the demo command ends on ${name} without a kubeconfig or connection left behind`, async () => {
    const child = spawn(process.execPath, [...nodeArguments, ENTRY], {
      stdio: ['ignore', 'pipe', 'inherit', ...stdio],
    });
    try {
      const exited = once(child, 'exit');
      const output = await untilStarted(child.stdout ?? assert.fail());
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
      const kubeconfig = /^Kubeconfig: (.+)$/m.exec(output)?.[1] ?? '';
      await assertPrivate(kubeconfig);
      const idle = net.connect(port, '127.0.0.1');
      await once(idle, 'connect');
      idle.on('error', () => {});
      const cut = new Promise<void>((resolve) => idle.once('close', () => resolve()));
      ask(child);
      assert.deepEqual(await exited, [0, null]);
      await cut;
      await assert.rejects(stat(kubeconfig), { code: 'ENOENT' });
    } finally {
      child.kill('SIGKILL');
    }
  });
}

/** Waits until the demo cluster runs, and returns what it has printed. */
function untilStarted(stdout: Readable): Promise<string> {
  let output = '';
  return new Promise((resolve) => {
    stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Press Ctrl-C to stop.')) resolve(output);
    });
  });
}
