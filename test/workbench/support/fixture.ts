import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXTENSION_ID } from '../../../src/contributions.ts';
import { type DemoCluster, type DemoClusterOptions, startDemoCluster } from '../../../src/demo/entry.ts';
import { findPortHolder } from '../../../src/portforward/portHolder.ts';
import { latestRecord } from '../../../src/rpc/hostRecord.ts';
import { isAlive } from '../../support/execPlugin.ts';
import { waitFor } from '../harness/limits.ts';
import { RequestsTable } from '../harness/requestsTable.ts';
import { startWorkbench, type Workbench, type WorkbenchOptions } from '../harness/startWorkbench.ts';
import type { Tree } from '../harness/tree.ts';
import type { WorkbenchWindow } from '../harness/workbenchWindow.ts';

export interface FixtureOptions {
  /** The options of the demo cluster. If undefined, the window has no kubeconfig, and does not know the cluster. */
  readonly cluster?: DemoClusterOptions;
  readonly workbench?: Partial<WorkbenchOptions>;
}

/**
 * A running VS Code with the extension, and a demo cluster in this process. The home folder and the folder of the
 * forward host are temporary folders, not those of the user.
 */
export interface Fixture extends AsyncDisposable {
  readonly cluster: DemoCluster;
  readonly workbench: Workbench;
  readonly window: WorkbenchWindow;
  /** The Clusters view of the window. The next two fields are its Forwards view and its Requests view. */
  readonly clusters: Tree;
  readonly forwards: Tree;
  readonly requests: RequestsTable;
  /** The home folder of the window, without a kubeconfig. */
  readonly home: string;
  /** Returns the lines of the extension's output channel. */
  log(): readonly string[];
  /** Waits for a line that matches in the extension's output channel. Returns the line. */
  logged(line: RegExp): Promise<string>;
  /** The folder in which the forward host stores its files. */
  readonly hostFolder: string;
  /** Returns the process ID of the latest forward host. Returns undefined if no host has been started yet. */
  hostProcessId(): Promise<number | undefined>;
  /**
   * Returns whether the forward host of this fixture listens on a port. Checks the process, because the host of a test
   * that runs at the same time may listen on the port instead.
   */
  isForwarded(port: number): Promise<boolean>;
}

/** The folder of the extension that is tested. Its folder `dist` must exist, so build first. */
export const EXTENSION = process.env['WORKBENCH_EXTENSION'] ?? process.cwd();
const END_LIMIT_MS = 15_000;

/** Starts a demo cluster and a VS Code. Disposing of the result ends all processes. */
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
  const hostProcessId = async () => (await latestRecord(hostFolder))?.record.processId;
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

/** Ends the forward host. Otherwise, the host would keep running for some time after the last window has closed. */
async function endHost(hostFolder: string): Promise<void> {
  const processId = (await latestRecord(hostFolder))?.record.processId;
  if (processId === undefined || processId === 0 || !isAlive(processId)) return;
  process.kill(processId, 'SIGTERM');
  await waitFor('the forward host to end', () => !isAlive(processId), END_LIMIT_MS);
}
