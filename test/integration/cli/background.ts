import { latestRecord } from '../../../src/rpc/hostRecord.ts';
import { demoClusterFor, type TestEnd } from '../../support/demoForward.ts';
import { isAlive } from '../../support/execPlugin.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';
import { type CommandEnd, CommandProcess } from './commandProcess.ts';

/**
 * Starts a demo cluster, and returns functions that run commands with this cluster. The commands use a forward host
 * that no other test file uses. Everything ends with the test file.
 */
export async function backgroundFor(test: TestEnd) {
  test.after(async () => {
    const processId = (await latestRecord(folder))?.record.processId;
    if (processId !== undefined && isAlive(processId)) process.kill(processId);
  });
  const cluster = await demoClusterFor(test);
  const folder = await temporaryFolder(test);
  const environment = { KUBECONFIG: cluster.kubeconfigPath, KUBE_PORT_FORWARD_HOST_FOLDER: folder };
  /** Starts a command with additional environment variables, as in a shell that has set them. */
  const beginIn = (variables: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    new CommandProcess(args, { environment: { ...environment, ...variables } });
  const begin = (...args: readonly string[]) => beginIn({}, ...args);
  const run = async (...args: readonly string[]): Promise<CommandEnd> => {
    await using command = begin(...args);
    return await command.ended();
  };
  return { cluster, folder, begin, beginIn, run };
}
