// Downloads desktop VS Code for this system, starts it once, and tests the built extension in it.
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { latestRecord } from '../src/rpc/hostRecord.ts';
import { bundleDesktopTest, makeDesktopSurroundings } from '../test/desktop/desktopTest.ts';
import { waitFor } from '../test/workbench/harness/limits.ts';
import { buildBundles } from './build.ts';

/** How long to wait for the end of the forward host, in milliseconds. The host ends when the window has closed. */
const END_LIMIT_MS = 60_000;

await buildBundles();
using surroundings = makeDesktopSurroundings();
const { folder, hostFolder, launchArguments, environment } = surroundings;
await runTests({
  cachePath: join('node_modules', '.cache', 'vscode-test'),
  extensionDevelopmentPath: process.cwd(),
  extensionTestsPath: await bundleDesktopTest(folder),
  launchArgs: [...launchArguments],
  extensionTestsEnv: environment,
});
const processId = (await latestRecord(hostFolder))?.record.processId;
if (processId === undefined) throw new Error('no forward host was started');
await waitFor('the forward host to end', () => (isRunning(processId) ? undefined : true), END_LIMIT_MS);
process.stdout.write('Desktop VS Code forwarded a port from the demo cluster, and everything has stopped.\n');

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
