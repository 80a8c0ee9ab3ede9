import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LeftRunning } from '../../../src/host/keeper.ts';
import { KeeperProcess } from '../../../src/host/keeperProcess.ts';
import type { StartForward } from '../../../src/rpc/forwardsContract.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { runWithFewFiles } from '../../support/fileShortage.ts';
import { untilDead } from '../../support/hostClients.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/** A message that a keeper process has received. */
interface Told {
  readonly processId: number;
  /** Whether the keeper runs in the program that a terminal offers, instead of in the host's own program. */
  readonly isElsewhere: boolean;
  readonly type: 'keep' | 'end';
}

/** A program in place of the real keeper. Writes its messages to the file `told`, and ends when its host ends. */
const KEEPER = `
  import { appendFileSync } from 'node:fs';
  const place = { processId: process.pid, isElsewhere: process.env.ELSEWHERE !== undefined };
  process.on('message', ({ type }) => {
    appendFileSync(process.argv[2 + process.argv.slice(2).indexOf('--folder') + 1] + '/told', JSON.stringify({ ...place, type }) + '\\n');
  });
  process.once('disconnect', () => process.exit());
`;

test('the keeper runs in the program that a terminal offers, and in its own again if that fails or is killed', {
  // The other program is a shell script, which Windows cannot run.
  skip: process.platform === 'win32',
}, async (t) => {
  // The host passes the arguments of its own Node on to the keeper. Those of the test runner would change the keeper.
  const { execArgv } = process;
  process.execArgv = [];
  t.after(() => {
    process.execArgv = execArgv;
  });
  await using folder = await temporaryDirectory();
  const [script, elsewhere] = [join(folder.path, 'keeper.mjs'), join(folder.path, 'node')];
  await writeFile(script, KEEPER);
  await writeFile(elsewhere, `#!/bin/sh\nELSEWHERE=1 exec "${process.execPath}" "$@"\n`, { mode: 0o755 });
  const keeper = new KeeperProcess({ script, folder: folder.path, lingerMs: 0, clock: new FakeClock() });
  const told = async (): Promise<readonly Told[]> => {
    const text = await readFile(join(folder.path, 'told'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  /** Waits until a new keeper has got the forwards to keep. Returns its process id. */
  const next = async (isElsewhere: boolean): Promise<number> => {
    const known = new Set((await told()).map(({ processId }) => processId));
    let processId = 0;
    await eventually(async () => {
      const found = (await told()).find((one) => !known.has(one.processId) && one.type === 'keep');
      processId = found?.processId ?? 0;
      return found?.isElsewhere === isElsewhere;
    }, `no keeper, elsewhere: ${isElsewhere}`);
    return processId;
  };
  const started = next(false);
  const forward = { specification: {}, environment: {} } as unknown as LeftRunning<StartForward>;
  keeper.keep({ forwards: [forward], gateways: [] });
  const first = await started;
  assert.equal(keeper.isElsewhere, false);

  const moved = next(true);
  keeper.use(elsewhere);
  const second = await moved;
  assert.equal(keeper.isElsewhere, true);
  await untilDead(first);
  assert.ok((await told()).some(({ processId, type }) => processId === first && type === 'end'));

  const back = next(false);
  process.kill(second, 'SIGKILL');
  const third = await back;
  assert.equal(keeper.isElsewhere, false);

  const failed = next(false);
  keeper.use(join(folder.path, 'missing'));
  const fourth = await failed;
  assert.equal(keeper.isElsewhere, false);
  await untilDead(third);

  keeper.dispose();
  await untilDead(fourth);
});

test('a host without free file handles continues without a keeper, and starts the keeper when file handles are free', {
  skip: process.platform === 'win32',
}, async () => {
  await using folder = await temporaryDirectory();
  const script = join(folder.path, 'keeper.mjs');
  await writeFile(script, KEEPER);
  const urlOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const printed = await runWithFewFiles(`
    import { readFileSync } from 'node:fs';
    import { KeeperProcess } from ${urlOf('../../../src/host/keeperProcess.ts')};
    import { eventually } from ${urlOf('../../support/eventually.ts')};
    import { FakeClock } from ${urlOf('../../support/fakeClock.ts')};
    process.execArgv = [];
    const [script, folder] = ${JSON.stringify([script, folder.path])};
    const clock = new FakeClock();
    const keeper = new KeeperProcess({ script, folder, lingerMs: 0, clock });
    const closeFiles = useAllFiles();
    keeper.keep({ forwards: [{ specification: {}, environment: {} }], gateways: [] });
    await eventually(() => clock.pending === 1, 'no pause');
    closeFiles();
    clock.advance(5_000);
    const told = () => readFileSync(folder + '/told', { encoding: 'utf8', flag: 'a+' });
    await eventually(() => told().endsWith('\\n'), 'no keeper');
    process.stdout.write(JSON.parse(told()).type);
    keeper.dispose();
  `);
  assert.equal(printed, 'keep');
});

test('a keeper that cannot start in another program because of an impossible path runs in the program of its host again', async (t) => {
  const { execArgv } = process;
  process.execArgv = [];
  t.after(() => {
    process.execArgv = execArgv;
  });
  await using folder = await temporaryDirectory();
  const script = join(folder.path, 'keeper.mjs');
  await writeFile(script, KEEPER);
  const keeper = new KeeperProcess({ script, folder: folder.path, lingerMs: 0, clock: new FakeClock() });
  t.after(() => keeper.dispose());
  const told = () => readFile(join(folder.path, 'told'), 'utf8').catch(() => '');
  const forward = { specification: {}, environment: {} } as unknown as LeftRunning<StartForward>;
  keeper.use('/bin/no\0de');
  keeper.keep({ forwards: [forward], gateways: [] });
  assert.equal(keeper.isElsewhere, false);
  await eventually(async () => (await told()).endsWith('\n'), 'no keeper');
  const { processId } = JSON.parse(await told());
  keeper.dispose();
  await untilDead(processId);
});
