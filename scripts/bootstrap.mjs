// Runs one of the project's TypeScript scripts with the Node that npm installs for the project. Installs missing
// packages first. This file is plain JavaScript, because the Node that starts it may be too old for TypeScript.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The first Node that runs the TypeScript sources directly: it erases types, and supports `await using`.
const MINIMUM_NODE = [24, 0];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...scriptArguments] = process.argv.slice(2);

installMissing();
run(findNode(), [join(root, script), ...scriptArguments]);

/**
 * Installs the packages of package-lock.json if they differ from the installed ones. npm writes a lock file into
 * node_modules, whose date and versions show what is installed.
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
  // For Apple silicon, newer versions of Node are in a package with another name.
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
 * Returns whether the program runs on this system. npm's Node is built for glibc: it does not run on Linux with musl
 * (Alpine), or without the usual loader (NixOS).
 */
function runs(program) {
  return process.platform !== 'linux' || spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function run(node, nodeArguments) {
  const child = spawn(node, nodeArguments, { cwd: root, stdio: 'inherit' });
  // Ignores Ctrl-C: the child shares the terminal and gets the signal too. This process waits for the child to end.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
