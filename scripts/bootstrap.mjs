// Runs one of the project's TypeScript scripts with the Node that npm installs for the project. Installs missing
// packages first. This file is plain JavaScript, because the Node that starts it may be too old for TypeScript.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The first version of Node that can run the project's TypeScript files. It removes types, and supports `await using`.
const MINIMUM_NODE = [24, 0];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...scriptArguments] = process.argv.slice(2);

installMissing();
run(findNode(), [join(root, script), ...scriptArguments]);

/**
 * Installs the packages of package-lock.json if other packages or versions are installed. npm writes a lock file into
 * node_modules. Its date and content show what is installed.
 */
function installMissing() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  if (existsSync(installed) && sameVersions(installed, wanted)) return;
  process.stderr.write('Installing the packages in package-lock.json …\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function sameVersions(installedLock, wantedLock) {
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(wantedLock, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function findNode() {
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  // For Macs with Apple silicon, npm has newer versions of Node only in a package with the second name.
  for (const name of [`node-${platform}`, `node-bin-${platform}`]) {
    const own = join(root, 'node_modules', name, 'bin', program);
    if (existsSync(own) && runs(own)) return own;
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]))
    return process.execPath;
  process.stderr.write(
    `npm has no Node.js for this system. Install Node.js ${MINIMUM_NODE.join('.')} or later and try again.\n`,
  );
  process.exit(1);
}

/**
 * Returns whether this system can run the Node program from npm. On Linux, the program needs glibc, and its loader must
 * be in the usual place. Alpine has musl instead of glibc, and NixOS has the loader elsewhere.
 */
function runs(program) {
  return process.platform !== 'linux' || spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function run(node, nodeArguments) {
  const child = spawn(node, nodeArguments, { cwd: root, stdio: 'inherit' });
  // Ignores Ctrl-C, and waits for the end of the child process. The child process also gets the signal, because it uses
  // the same terminal.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
