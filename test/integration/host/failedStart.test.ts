import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Host } from '../../../src/host/host.ts';
import { startHost } from '../../../src/rpc/hostProgram.ts';
import { coded } from '../../support/coded.ts';
import { eventually } from '../../support/eventually.ts';
import { isAlive } from '../../support/execPlugin.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { HOST_SCRIPT, hostProgram, untilDead } from '../../support/hostClients.ts';
import { never } from '../../support/never.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const PRIVATE = { mode: 0o700 } as const;

interface HostEnd {
  readonly status: number;
  readonly stdout: string;
}

async function untilEnded(child: ChildProcess): Promise<HostEnd> {
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  // Does not wait for `close`: a child whose IPC channel was closed by this process never emits it.
  const [[status]] = await Promise.all([once(child, 'exit'), child.stdout && once(child.stdout, 'end')]);
  return { status, stdout };
}

test('a host whose folder is too long for a socket path ends and tells its client at once', async () => {
  await using parent = await temporaryDirectory();
  const folder = join(parent.path, 'x'.repeat(100));
  await mkdir(folder, PRIVATE);
  const child = spawn(process.execPath, [HOST_SCRIPT, '--folder', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { status, stdout } = await untilEnded(child);
  assert.equal(status, 1);
  assert.match(stdout, /^failed: the path .* is too long for the socket of the background process: .*\n$/);
  // The fake clock does not advance, so the start cannot fail because of its time limit.
  const started = startHost(hostProgram(), folder, never, new FakeClock());
  await assert.rejects(started, coded('HOST_NOT_STARTED', 'too long for the socket'));
});

test('a host that cannot listen has ended when its client knows', async () => {
  await using parent = await temporaryDirectory();
  const host = new Host({
    folder: join(parent.path, 'missing'),
    lingerMs: 0,
    script: HOST_SCRIPT,
    demoScript: HOST_SCRIPT,
  });
  await assert.rejects(host.start(new AbortController().signal), { syscall: 'listen' });
  await host.ended;
});

test('a host that cannot write its record reports it, ends, and leaves nothing behind', {
  skip: process.platform === 'win32',
}, async () => {
  await using folder = await temporaryDirectory();
  // Makes every write to a file fail.
  const script = 'ulimit -f 0; exec "$0" "$@"';
  const child = spawn('sh', ['-c', script, process.execPath, HOST_SCRIPT, '--folder', folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { status, stdout } = await untilEnded(child);
  assert.equal(status, 1);
  assert.match(stdout, /^failed: EFBIG/);
  assert.deepEqual(await readdir(folder.path), []);
});

for (const [name, fails] of [
  ['time', (_abort: AbortController, clock: FakeClock) => clock.advance(20_000)],
  ['patience', (abort: AbortController) => abort.abort(new Error('enough'))],
] as const) {
  test(`a host that is not ready in its client's ${name} is ended`, async (t) => {
    await using folder = await temporaryDirectory();
    const marker = join(folder.path, 'process');
    const script = join(folder.path, 'hangs.mjs');
    await writeFile(
      script,
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const abort = new AbortController();
    const clock = new FakeClock();
    const started = startHost(hostProgram({ script }), folder.path, abort.signal, clock);
    const rejected = assert.rejects(started, /not ready within 20 s|enough/);
    const processId = await readNumber(marker);
    t.after(() => isAlive(processId) && process.kill(processId, 'SIGKILL'));
    fails(abort, clock);
    await rejected;
    await untilDead(processId);
  });
}

test('a host whose starter ends before it is ready ends by itself', async (t) => {
  await using folder = await temporaryDirectory();
  const child = spawn(process.execPath, [HOST_SCRIPT, '--folder', folder.path], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  child.disconnect();
  const { status, stdout } = await untilEnded(child);
  assert.deepEqual({ status, isReady: stdout.includes('started') }, { status: 1, isReady: false });
  assert.deepEqual(await readdir(folder.path), []);
});

async function readNumber(path: string): Promise<number> {
  let text = '';
  await eventually(async () => {
    text = await readFile(path, 'utf8').catch(() => '');
    return text !== '';
  }, 'the host writes its number');
  return Number(text);
}
