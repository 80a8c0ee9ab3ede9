import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DemoProcess } from '../../../src/host/demoProcess.ts';
import { coded } from '../../support/coded.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

/**
 * Returns a demo cluster. Each process that it starts reports another kubeconfig path, which contains the process id.
 */
async function demoProcess(test: TestContext): Promise<DemoProcess> {
  const script = join(await temporaryFolder(test), 'demo.mjs');
  writeFileSync(
    script,
    `if (process.env.DEMO_FAILS) process.exit(1);
     process.on('disconnect', () => process.exit());
     console.log('Kubeconfig: /demo/' + process.pid);`,
  );
  const demo = new DemoProcess(script);
  test.after(() => demo.stop());
  return demo;
}

test('a demo cluster that starts while another one ends keeps its users, and ends with the last of them', async (test) => {
  const demo = await demoProcess(test);
  const ended: string[] = [];
  const lastEnded = Promise.withResolvers<void>();
  demo.onDidEnd((kubeconfig) => {
    if (ended.push(kubeconfig) === 2) lastEnded.resolve();
  });
  const first = await demo.use();
  const stopped = demo.stop();
  const second = await demo.use();
  await stopped;
  const third = await demo.use();
  assert.notEqual(second.kubeconfig, first.kubeconfig);
  assert.equal(third.kubeconfig, second.kubeconfig, 'the second user uses the same process');
  assert.deepEqual(ended, [first.kubeconfig]);
  second.dispose();
  third.dispose();
  await lastEnded.promise;
  assert.deepEqual(ended, [first.kubeconfig, second.kubeconfig]);
});

test('a demo cluster that starts while the start of another one fails keeps its users', async (test) => {
  const demo = await demoProcess(test);
  process.env['DEMO_FAILS'] = '1';
  const failed = assert.rejects(demo.use(), coded('DEMO_NOT_STARTED'));
  delete process.env['DEMO_FAILS'];
  void demo.stop();
  const second = demo.use();
  await failed;
  assert.equal((await demo.use()).kubeconfig, (await second).kubeconfig);
});
