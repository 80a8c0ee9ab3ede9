import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { HostBench } from '../../support/hostClients.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

test('a host that started before the best folder existed is found, and no second one is started', async (t) => {
  await using parent = await temporaryDirectory();
  const runtime = join(parent.path, 'runtime');
  const bench = new HostBench([join(runtime, 'h'), join(parent.path, 'h')].join(delimiter));
  t.after(() => bench.killAll());
  const first = await bench.client();
  // From now on, the best folder can be created, as after systemd has created a session's runtime folder.
  await mkdir(runtime, { mode: 0o700 });
  const joined = await bench.join();
  assert.ok(joined !== undefined);
  assert.equal(bench.own(joined).host.processId, first.processId);
  const second = await bench.client();
  assert.equal(second.processId, first.processId);
});

test('a dead record in the best folder does not hide a living host in the next one', async (t) => {
  await using parent = await temporaryDirectory();
  const folders = [join(parent.path, 'a'), join(parent.path, 'b')];
  const dead = new HostBench(folders[0] ?? '');
  await dead.client();
  await dead.killAll();
  const living = new HostBench(folders[1] ?? '');
  const both = new HostBench(folders.join(delimiter));
  t.after(async () => {
    await living.killAll();
    await both.killAll();
  });
  const first = await living.client();
  const second = await both.client();
  assert.equal(second.processId, first.processId);
});
