import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type DemoCluster, startDemoCluster } from '../../src/demo/entry.ts';
import { installWindowsNode } from './windowsNode.ts';

/** A long limit, because the first command must wait until Wine has created its Windows drive. */
const COMMAND_LIMIT_MS = 180_000;
const USER = 'demo-admin';

/** Environment variables that replace or add to those of the bench. The value undefined removes a variable. */
type Environment = Readonly<Record<string, string | undefined>>;

export interface CommandEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. The caller that has started the command must end it. */
export interface RunningCommand {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
}

/**
 * Runs the built terminal command in Wine. The demo cluster runs outside of Wine. Disposing of the bench ends all
 * processes of Wine, and removes their files.
 */
export interface WineBench extends AsyncDisposable {
  /** Starts the terminal command. The caller must end the command, or wait for its end. */
  start(args: readonly string[], environment?: Environment): RunningCommand;
  /** Runs the terminal command, and waits for its end. */
  run(args: readonly string[], environment?: Environment): Promise<CommandEnd>;
  /**
   * Runs the batch file with which VS Code's terminals run the terminal command. Uses Node in place of VS Code's
   * program. Removes the batch file's `goto` to a label that does not exist, because Wine's Command Prompt runs nothing
   * after it.
   */
  runBatchFile(args: readonly string[]): Promise<CommandEnd>;
  /**
   * Types lines into the Command Prompt. Returns the arguments of each call of `arguments.exe`, without the first
   * argument.
   */
  typeInCommandPrompt(lines: readonly string[]): Promise<readonly (readonly string[])[]>;
  /** Writes a program, such as a batch file, into a folder that is in the PATH within Wine. */
  writeProgram(name: string, text: string): void;
  /**
   * Writes a kubeconfig in which `demo-admin` gets credentials from an exec plugin. Returns the file's Windows path.
   */
  writePluginKubeconfig(command: string, args: readonly string[]): string;
  readonly cluster: DemoCluster;
}

/** Starts the demo cluster, and prepares the files for Wine. Throws an error if Wine is not installed. */
export async function startWineBench(): Promise<WineBench> {
  const version = spawnSync('wine', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) throw new Error('Wine is not installed (Debian: apt-get install wine wine64)');
  process.stdout.write(`${version.stdout.trim()}\n`);
  const node = resolve(installWindowsNode());
  await using started = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'wine-'));
  started.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }));
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  const cluster = await startDemoCluster();
  started.defer(() => cluster.dispose());
  const base = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    WINEPREFIX: join(folder, 'prefix'),
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    WINEPATH: windowsPath(programs),
    DISPLAY: '',
    // Without this variable, Node does not start, because Wine 8 reports that it is Windows 7.
    NODE_SKIP_PLATFORM_CHECK: '1',
    KUBE_PORT_FORWARD_HOST_FOLDER: windowsPath(join(folder, 'host')),
  };
  started.defer(() => {
    spawnSync('wineserver', ['-k'], { env: base });
  });
  const batchFile = join(programs, 'kube-port-forward.cmd');
  writeFileSync(
    batchFile,
    readFileSync('bin/kube-port-forward.cmd', 'utf8').replace(/goto \S+ 2>NUL \|\| /, ''),
  );
  symlinkSync(resolve('dist'), join(folder, 'dist'));
  symlinkSync(node, join(programs, 'arguments.exe'));
  const called = join(folder, 'called.jsonl');
  const tell = join(folder, 'tell.cjs');
  writeFileSync(
    tell,
    `require('node:fs').appendFileSync(process.env.CALLED, JSON.stringify(process.argv.slice(2)) + '\\n'); process.exit()`,
  );
  let count = 0;
  const startProgram = (command: readonly string[], environment: Environment = {}, input?: string) => {
    count += 1;
    const env = { ...base, KUBECONFIG: windowsPath(cluster.kubeconfigPath), ...environment };
    return startWithFiles(command, env, join(folder, `output-${count}`), input);
  };
  const start: WineBench['start'] = (args, environment) =>
    startProgram([node, windowsPath(resolve('dist/cli.js')), ...args], environment);
  const owned = started.move();
  return {
    cluster,
    start,
    run: async (args, environment) => await untilEnd(start(args, environment)),
    runBatchFile: async (args) => {
      const command = ['cmd', '/d', '/c', windowsPath(batchFile), ...args];
      return await untilEnd(startProgram(command, { KUBE_PORT_FORWARD_RUNTIME: windowsPath(node) }));
    },
    typeInCommandPrompt: async (lines) => {
      const typed = join(folder, 'typed.txt');
      writeFileSync(typed, [...lines, 'exit', ''].join('\r\n'));
      const environment = { CALLED: windowsPath(called), NODE_OPTIONS: `--require ${windowsPath(tell)}` };
      writeFileSync(called, '');
      const { status, stderr } = await untilEnd(startProgram(['cmd', '/d'], environment, typed));
      if (status !== 0) throw new Error(`the Command Prompt ended with ${status}: ${stderr}`);
      return readFileSync(called, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as readonly string[]);
    },
    writeProgram: (name, text) => writeFileSync(join(programs, name), text),
    writePluginKubeconfig: (command, args) => {
      const path = join(folder, 'plugin-config');
      writeFileSync(path, withPlugin(cluster.kubeconfig, command, args));
      return windowsPath(path);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Returns the Windows path of a file. The drive `Z:` of Wine contains the whole file system of this machine. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/**
 * Starts a program in Wine with its output in files. Node's pipes do not work here: they are sockets, which Wine cannot
 * use as the output of a program.
 */
function startWithFiles(
  command: readonly string[],
  env: Environment,
  path: string,
  input?: string,
): RunningCommand {
  const [out, err] = [`${path}.out`, `${path}.err`];
  const files = [openSync(out, 'w'), openSync(err, 'w')] as const;
  const stdin = input === undefined ? undefined : openSync(input, 'r');
  const child = spawn('wine', command, { env, stdio: [stdin ?? 'ignore', ...files] });
  for (const file of [...files, stdin]) if (file !== undefined) closeSync(file);
  return { child, stdout: () => readFileSync(out, 'utf8'), stderr: () => readFileSync(err, 'utf8') };
}

async function untilEnd({ child, stdout, stderr }: RunningCommand): Promise<CommandEnd> {
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_LIMIT_MS);
  const [status] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  return { status, stdout: stdout(), stderr: stderr() };
}

function withPlugin(kubeconfig: string, command: string, args: readonly string[]): string {
  const plugin = [
    `- name: ${USER}`,
    '  user:',
    '    exec:',
    '      apiVersion: client.authentication.k8s.io/v1',
    '      interactiveMode: Never',
    `      command: ${JSON.stringify(command)}`,
    `      args: ${JSON.stringify(args)}`,
  ].join('\n');
  const user = new RegExp(`^- name: ${USER}\\n {2}user:\\n(?: {4}.*\\n)+`, 'm');
  return kubeconfig.replace(user, `${plugin}\n`);
}
