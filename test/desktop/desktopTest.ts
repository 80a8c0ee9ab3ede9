import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles the test that runs within VS Code into `folder`, and returns the path of its module. */
export async function bundleDesktopTest(folder: string): Promise<string> {
  const outfile = join(folder, 'inWindow.cjs');
  const entryPoints = ['test/desktop/inWindow.ts'];
  const options = { bundle: true, platform: 'node', format: 'cjs', target: 'node22' } as const;
  await build({ ...options, entryPoints, outfile, external: ['vscode'], logLevel: 'warning' });
  return outfile;
}

/** How to start VS Code so that it stores all its files in a temporary folder. Disposing of this removes the folder. */
export interface DesktopSurroundings extends Disposable {
  readonly folder: string;
  readonly hostFolder: string;
  readonly launchArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Prepares a VS Code that does not use the user's settings, extensions, kubeconfig and forward host. */
export function makeDesktopSurroundings(): DesktopSurroundings {
  // A short name, because the folder contains sockets, and the length of a socket's path is limited.
  const folder = mkdtempSync(join(tmpdir(), 'kpf-'));
  const [data, workspace, hostFolder] = [join(folder, 'data'), join(folder, 'ws'), join(folder, 'host')];
  mkdirSync(join(data, 'User'), { recursive: true });
  mkdirSync(workspace);
  const settings = {
    // With this setting, the forward host ends when the window closes. The test checks that no process is left.
    'kubePortForward.keepForwards': 'not',
    'workbench.startupEditor': 'none',
    'telemetry.telemetryLevel': 'off',
  };
  writeFileSync(join(data, 'User', 'settings.json'), JSON.stringify(settings));
  return {
    folder,
    hostFolder,
    launchArguments: [
      workspace,
      ...['--user-data-dir', data, '--extensions-dir', join(folder, 'extensions')],
      ...['--disable-workspace-trust', '--skip-welcome', '--skip-release-notes', '--disable-updates'],
    ],
    environment: {
      KUBECONFIG: join(folder, 'no-kubeconfig'),
      KUBE_PORT_FORWARD_HOST_FOLDER: hostFolder,
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }),
  };
}
