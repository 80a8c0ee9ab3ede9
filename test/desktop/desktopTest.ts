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

/** The arguments of VS Code, all in a temporary folder. */
export interface DesktopSurroundings extends Disposable {
  readonly folder: string;
  readonly hostFolder: string;
  readonly launchArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Creates a separate profile without the user's kubeconfig, extensions and forward host. */
export function makeDesktopSurroundings(): DesktopSurroundings {
  // The name is short, because the path of a socket in it has a limit.
  const folder = mkdtempSync(join(tmpdir(), 'kpf-'));
  const [data, workspace, hostFolder] = [join(folder, 'data'), join(folder, 'ws'), join(folder, 'host')];
  mkdirSync(join(data, 'User'), { recursive: true });
  mkdirSync(workspace);
  const settings = {
    // The forward host ends with the window, which the test checks.
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
