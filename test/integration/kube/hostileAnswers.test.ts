import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CodedError, isCoded } from '../../../src/base/errors.ts';
import { type Cluster, connectCluster } from '../../../src/kube/cluster/cluster.ts';
import { listAndWatch } from '../../../src/kube/cluster/listAndWatch.ts';
import { restConfigFor } from '../../support/restConfig.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'support', 'hostileProgram.ts');
const MEBIBYTE = 1024 * 1024;
/** How much more memory the test may use while it reads an answer. The answers themselves are larger. */
const MEMORY_LIMIT = 100 * MEBIBYTE;

const server = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
const [line] = await once(server.stdout ?? assert.fail(), 'data');
const port = String(line).split(' ')[1] ?? '';
after(async () => {
  const exited = once(server, 'exit');
  server.kill();
  await exited;
});

/** The result of following the pods of a hostile cluster. */
interface Outcome {
  readonly listed: number;
  readonly leftOut: number;
  readonly error: CodedError | undefined;
}

/** Lists and watches the pods. Ends when `isEnough` returns true, or when an answer is refused. */
async function follow(name: string, isEnough: (leftOut: number) => boolean): Promise<Outcome> {
  const cluster: Cluster = connectCluster(restConfigFor(new URL(`http://127.0.0.1:${port}/${name}`)));
  const abort = new AbortController();
  let listed = 0;
  let leftOut = 0;
  let error: CodedError | undefined;
  try {
    for await (const change of listAndWatch(cluster, 'pods', {}, abort.signal)) {
      if (change.type === 'listed') listed = change.items.length;
      if (change.type === 'leftOut') leftOut += change.count;
      if (isEnough(leftOut)) break;
    }
  } catch (reason) {
    assert.ok(isCoded(reason), String(reason));
    error = reason;
  } finally {
    abort.abort();
    cluster.dispose();
  }
  return { listed, leftOut, error };
}

for (const [name, code, reason] of [
  ['bomb', 'API_ERROR', /the list contains items that are not objects/],
  ['blank-bomb', 'TOO_LARGE', /\(more than 32 MiB\)/],
  ['nested', 'API_ERROR', /JSON that nests too deeply/],
  ['nested-items', 'API_ERROR', /the list contains items that are not objects/],
  ['annotations', 'TOO_LARGE', /\(more than 32 MiB\)/],
  ['objects', 'TOO_LARGE', /more than 20000 pods/],
  ['pages', 'TOO_LARGE', /more than 20000 pods/],
  ['adds', 'TOO_LARGE', /more than 20000 pods/],
  ['endless-event', 'TOO_LARGE', /a watch event is too long/],
  ['blank-lines', 'TOO_LARGE', /a watch event is too long/],
] as const) {
  test(`${name}: the answer is refused, other requests continue, and memory stays bounded`, async () => {
    const before = process.memoryUsage.rss();
    let peak = before;
    let turns = 0;
    const look = () => {
      turns += 1;
      peak = Math.max(peak, process.memoryUsage.rss());
      turn = setImmediate(look);
    };
    let turn = setImmediate(look);
    const { error } = await follow(name, () => false);
    clearImmediate(turn);
    assert.equal(error?.code, code);
    assert.match(String(error?.message), reason);
    // The event loop turned while the answer was read. How often depends on how busy the machine is.
    assert.ok(turns > 1, `${turns} turns`);
    assert.ok(peak - before < MEMORY_LIMIT, `${Math.round((peak - before) / MEBIBYTE)} MiB more`);
  });
}

for (const [name, listed, leftOut] of [
  ['text', 0, 1],
  ['names', 0, 5],
  ['ports', 30, 0],
  ['object-names', 1, 10],
] as const) {
  test(`${name}: the usable objects are listed, and the others are counted`, async () => {
    const outcome = await follow(name, (count) => count >= leftOut);
    assert.equal(outcome.error, undefined);
    assert.equal(outcome.listed, listed);
    assert.ok(outcome.leftOut >= leftOut);
  });
}
