import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { homeFolder } from '../src/base/homeFolder.ts';
import { startDemoCluster } from '../src/demo/entry.ts';
import { ensureWorkbenchInstalled } from '../test/workbench/harness/installation.ts';
import { startWorkbenchServer } from '../test/workbench/harness/workbenchServer.ts';
import { buildBundles } from './build.ts';

// Starts a demo cluster, and VS Code with the extension. VS Code shows the context of the demo cluster in addition to
// the user's own contexts.

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

await using owned = new AsyncDisposableStack();
tell('Building the extension …');
await buildBundles();
tell('Starting the demo cluster …');
const cluster = owned.adopt(await startDemoCluster(), (each) => each.dispose());
const environment = { KUBECONFIG: kubeconfigs(cluster.kubeconfigPath) };
const desktop = findOnPath(process.platform === 'win32' ? 'code.cmd' : 'code');
await (desktop === undefined ? openInBrowser() : openOnDesktop(desktop));
await owned.disposeAsync();
tell('Stopped.');

function stop(): void {
  if (stopped.signal.aborted) return;
  tell('Stopping …');
  stopped.abort();
}

/**
 * Returns the value of KUBECONFIG for VS Code. The kubeconfig of the demo cluster comes before the user's kubeconfigs,
 * because the current context comes from the first file.
 */
function kubeconfigs(demo: string): string {
  const own = process.env['KUBECONFIG'] ?? join(homeFolder(), '.kube', 'config');
  return [demo, own].join(delimiter);
}

/**
 * Starts VS Code with a separate data folder. Otherwise, if the user's VS Code is running, that process would open the
 * window, and would not use the environment variables of this script.
 */
async function openOnDesktop(code: string): Promise<void> {
  const data = owned.adopt(await mkdtemp(join(tmpdir(), 'kube-port-forward-start-')), (folder) =>
    rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }),
  );
  tell(
    'Opening VS Code. Select "Port Forward" in the Activity Bar. To stop, press Ctrl-C or close the window.',
  );
  const args = [
    `--extensionDevelopmentPath=${process.cwd()}`,
    '--user-data-dir',
    data,
    '--new-window',
    '--wait',
  ];
  const options = { stdio: 'ignore', env: { ...process.env, ...environment } } as const;
  // On Windows, `code` is a batch file, which only a shell can run. The shell needs quotation marks, because the path
  // of the batch file usually contains spaces.
  const line = [code, ...args].map((word) => `"${word}"`).join(' ');
  const child =
    process.platform === 'win32' ? spawn(line, { ...options, shell: true }) : spawn(code, args, options);
  await untilOver(child);
}

async function openInBrowser(): Promise<void> {
  tell('The command "code" is not on the PATH. VS Code opens in the browser, by code-server.');
  const installation = ensureWorkbenchInstalled(tell);
  tell('Starting code-server …');
  const server = owned.use(
    await startWorkbenchServer(installation, {
      extension: process.cwd(),
      environment,
      settings: { 'workbench.startupEditor': 'none' },
    }),
  );
  tell(`\nVS Code with the extension:  ${server.url}\n`);
  tell(
    'Open this address in a browser on this machine. Select "Port Forward" in the Activity Bar. To stop, press Ctrl-C.',
  );
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
}

async function untilOver(child: ChildProcess): Promise<void> {
  const end = () => child.kill('SIGTERM');
  stopped.signal.addEventListener('abort', end, { once: true });
  await once(child, 'exit');
  stopped.signal.removeEventListener('abort', end);
}

function findOnPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path) && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
