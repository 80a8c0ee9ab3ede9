import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { WorkbenchInstallation } from './installation.ts';
import { START_LIMIT_MS } from './limits.ts';
import { endProcessTree } from './processes.ts';

export interface WorkbenchServerOptions {
  /** A VSIX file, or the folder of an unpacked extension. */
  readonly extension: string;
  /** The folders of further extensions to install. */
  readonly others?: readonly string[];
  /** The folder that windows open. Optional, default a new empty one. */
  readonly folder?: string;
  /** The user settings, in addition to the settings that switch off animations, questions and updates. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Environment variables of the extension host, in addition to those of this process. Undefined removes a variable.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether VS Code trusts all folders. Optional, default true. If false, the user must first trust a folder. */
  readonly trust?: boolean;
}

/** A running VS Code server. Disposing of it ends the server, and removes the temporary folder with all its files. */
export interface WorkbenchServer extends AsyncDisposable {
  /** The URL at which a browser opens a window with {@link folder}. */
  readonly url: string;
  readonly folder: string;
  readonly userData: string;
  readonly processId: number;
  /** Replaces the settings from {@link WorkbenchServerOptions.settings}. Open windows apply the new settings. */
  changeSettings(settings: Readonly<Record<string, unknown>>): void;
  /** Returns the lines that an extension has written to an output channel so far, in all windows. */
  outputChannel(extensionId: string, name: string): readonly string[];
}

/** Settings that switch off whatever could disturb a test: animations, questions, updates and telemetry. */
const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
  'window.commandCenter': false,
};

/** Starts a VS Code server on a free port of 127.0.0.1. The caller disposes of the server. */
export async function startWorkbenchServer(
  installation: WorkbenchInstallation,
  options: WorkbenchServerOptions,
): Promise<WorkbenchServer> {
  // A short path, because the folder contains sockets of VS Code. The path of a socket may have only about 100 bytes.
  const temporary = mkdtempSync(join(tmpdir(), 'wb-'));
  try {
    return await startIn(temporary, installation, options);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  temporary: string,
  installation: WorkbenchInstallation,
  options: WorkbenchServerOptions,
): Promise<WorkbenchServer> {
  const folder = resolve(options.folder ?? makeFolder(temporary, 'workspace'));
  const userData = makeFolder(temporary, 'user');
  const environment = serverEnvironment(temporary, options.environment);
  const common = [
    installation.serverEntry,
    ...['--config', join(temporary, 'config.yaml')],
    ...['--user-data-dir', userData],
    ...['--extensions-dir', makeFolder(temporary, 'exts')],
  ];
  writeSettings(userData, options.settings);
  for (const extension of [options.extension, ...(options.others ?? [])]) {
    installExtension(installation.node, common, extension, join(temporary, 'exts'), environment);
  }
  const serverProcess = spawn(
    installation.node,
    [
      ...common,
      ...['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--reconnection-grace-time', '2'],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      ...(options.trust === false ? [] : ['--disable-workspace-trust']),
      folder,
    ],
    { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const lines = collectLines(serverProcess);
  try {
    const address = await listeningAddress(serverProcess, lines);
    return {
      url: `${address}?folder=${encodeURIComponent(folder)}`,
      folder,
      userData,
      processId: serverProcess.pid ?? 0,
      changeSettings: (settings) => writeSettings(userData, settings),
      outputChannel: (extensionId, name) => readLogs(userData, extensionId, name),
      async [Symbol.asyncDispose]() {
        await endProcessTree(serverProcess);
        rmSync(temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
      },
    };
  } catch (error) {
    await endProcessTree(serverProcess);
    throw error;
  }
}

function makeFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function serverEnvironment(
  temporary: string,
  extra: WorkbenchServerOptions['environment'] = {},
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    XDG_CONFIG_HOME: makeFolder(temporary, 'config'),
    XDG_DATA_HOME: makeFolder(temporary, 'data'),
    XDG_CACHE_HOME: makeFolder(temporary, 'cache'),
    TMPDIR: makeFolder(temporary, 'tmp'),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    // The shell of VS Code's terminals. Does not use the user's shell, which may be `nologin` or may not exist.
    SHELL: ['/bin/bash', '/bin/sh'].find((shell) => existsSync(shell)),
    // Removes a variable of Node's test runner. A program that inherits it would act as a test file of the test runner.
    NODE_TEST_CONTEXT: undefined,
    ...extra,
  };
}

/**
 * Writes the settings both as user settings and as settings of the machine where the extensions run. VS Code reads
 * settings with the scope `machine` only from the latter.
 */
function writeSettings(userData: string, settings: WorkbenchServerOptions['settings']): void {
  const text = JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2);
  for (const folder of ['User', 'Machine']) {
    const path = join(makeFolder(userData, folder), 'settings.json');
    // Replaces the file in one step. VS Code would read a half-written file as a file without settings.
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }
}

function installExtension(
  node: string,
  common: readonly string[],
  extension: string,
  extensions: string,
  environment: NodeJS.ProcessEnv,
): void {
  if (statSync(extension).isDirectory()) {
    const { publisher, name, version } = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8'));
    symlinkSync(resolve(extension), join(extensions, `${publisher}.${name}-${version}`));
    return;
  }
  const { status, stderr, stdout } = spawnSync(node, [...common, '--install-extension', resolve(extension)], {
    env: environment,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${extension} cannot be installed: ${stderr}${stdout}`);
}

interface CollectedLines {
  readonly text: string[];
  onLine: (line: string) => void;
}

function collectLines(child: ChildProcess): CollectedLines {
  const lines: CollectedLines = { text: [], onLine: () => {} };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.text.push(line);
      lines.onLine(line);
    });
  }
  return lines;
}

function listeningAddress(child: ChildProcess, lines: CollectedLines): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string) => reject(new Error(`the VS Code server ${why}:\n${lines.text.join('\n')}`));
  const timer = setTimeout(() => fail(`did not start within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
  child.once('error', reject);
  child.once('exit', (code) => fail(`ended with ${code}`));
  lines.onLine = (line) => {
    const address = /HTTP server listening on (http:\/\/\S+)/.exec(line)?.[1];
    if (address !== undefined) resolve(address);
  };
  return promise.finally(() => clearTimeout(timer));
}

/** Reads the log files of an output channel. Each window has a separate folder with such a file. */
function readLogs(userData: string, extensionId: string, name: string): readonly string[] {
  return globSync(join(userData, 'logs', '*', '*', extensionId, `${name}.log`)).flatMap((file) =>
    readFileSync(file, 'utf8').split('\n'),
  );
}
