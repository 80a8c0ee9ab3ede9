import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXTENSION_ID } from '../../../src/contributions.ts';
import { type DemoCluster, type DemoClusterOptions, startDemoCluster } from '../../../src/demo/entry.ts';
import { findPortHolder } from '../../../src/portforward/portHolder.ts';
import { latestGeneration } from '../../../src/rpc/hostRecord.ts';
import { isAlive } from '../../support/execPlugin.ts';
import { waitFor } from '../harness/limits.ts';
import { RequestsTable } from '../harness/requestsTable.ts';
import { startWorkbench, type Workbench, type WorkbenchOptions } from '../harness/startWorkbench.ts';
import type { Tree } from '../harness/tree.ts';
import type { WorkbenchWindow } from '../harness/workbenchWindow.ts';

export interface FixtureOptions {
  /** Undefined for no cluster and no kubeconfig. */
  readonly cluster?: DemoClusterOptions;
  readonly workbench?: Partial<WorkbenchOptions>;
}

/** A VS Code with the extension, a demo cluster in this process, and separate home and host folders. */
export interface Fixture extends AsyncDisposable {
  readonly cluster: DemoCluster;
  readonly workbench: Workbench;
  readonly window: WorkbenchWindow;
  /** The views of the window. */
  readonly clusters: Tree;
  readonly forwards: Tree;
  readonly requests: RequestsTable;
  /** The home folder of the window, without a kubeconfig. */
  readonly home: string;
  /** Returns the lines of the extension's output channel. */
  log(): readonly string[];
  /** Waits for a line of the output channel. */
  logged(line: RegExp): Promise<string>;
  /** Folder of the forward host. */
  readonly hostFolder: string;
  /** Returns the process id of the forward host; undefined before the first start. */
  hostProcessId(): Promise<number | undefined>;
  /** Returns whether this fixture's forward host listens on the port: other hosts use the same ports when they are free. */
  isForwarded(port: number): Promise<boolean>;
}

/** The built project: `dist` must exist. */
export const EXTENSION = process.env['WORKBENCH_EXTENSION'] ?? process.cwd();
const END_LIMIT_MS = 15_000;

/** Starts everything. The caller disposes of it, which ends every process. */
export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  await using started = new AsyncDisposableStack();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wf-')));
  started.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const home = join(folder, 'home');
  const hostFolder = join(folder, 'host');
  mkdirSync(home);
  const cluster = await startDemoCluster(options.cluster);
  started.defer(() => cluster.dispose());
  started.defer(() => endHost(hostFolder));
  const workbench = started.use(
    await startWorkbench({
      extension: EXTENSION,
      viewport: { width: 1280, height: 1400 },
      ...options.workbench,
      environment: {
        HOME: home,
        KUBECONFIG: options.cluster === undefined ? undefined : cluster.kubeconfigPath,
        KUBE_PORT_FORWARD_HOST_FOLDER: hostFolder,
        ...options.workbench?.environment,
      },
    }),
  );
  const owned = started.move();
  const { window } = workbench;
  const hostProcessId = async () => (await latestGeneration(hostFolder))?.record.processId;
  const log = () => workbench.server.outputChannel(EXTENSION_ID, 'Kubernetes Port Forward');
  return {
    log,
    logged: (line) => waitFor(`${line} in the output channel`, () => log().find((text) => line.test(text))),
    cluster,
    workbench,
    window,
    clusters: window.tree('Clusters'),
    forwards: window.tree('Forwards'),
    requests: new RequestsTable(window.page),
    home,
    hostFolder,
    hostProcessId,
    isForwarded: async (port) =>
      (await findPortHolder('127.0.0.1', port))?.endsWith(`(PID ${await hostProcessId()})`) === true,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Ends the host at once, which otherwise stays for a while after its last window. */
async function endHost(hostFolder: string): Promise<void> {
  const processId = (await latestGeneration(hostFolder))?.record.processId;
  if (processId === undefined || processId === 0 || !isAlive(processId)) return;
  process.kill(processId, 'SIGTERM');
  await waitFor('the forward host to end', () => !isAlive(processId), END_LIMIT_MS);
}
