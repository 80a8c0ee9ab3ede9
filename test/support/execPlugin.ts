import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecConfig } from '../../src/kube/kubeconfig/kubeconfigFile.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';

/** The path of the program that plays exec plugins. */
export const PLUGIN_PATH = fileURLToPath(new URL('../fixtures/plugins/plugin.mjs', import.meta.url));

interface PluginRun {
  readonly pid: number;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** An exec plugin for tests with a record of its runs. Ended by `await using` with every process it left. */
export interface TestPlugin extends AsyncDisposable {
  readonly directory: string;
  readonly environment: Record<string, string>;
  config(mode: string, text?: string, more?: Partial<ExecConfig>): ExecConfig;
  /** Returns one entry for each start of the plugin and of its children. */
  runs(): PluginRun[];
}

export async function createTestPlugin(): Promise<TestPlugin> {
  const directory = await temporaryDirectory();
  const file = join(directory.path, 'runs.jsonl');
  const runs = (): PluginRun[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          // The text after the last line end is incomplete.
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      : [];
  return {
    directory: directory.path,
    environment: { PATH: process.env.PATH ?? '', RUNS: file },
    config: (mode, text, more) => ({
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      arguments: [PLUGIN_PATH, mode, ...(text === undefined ? [] : [text])],
      environment: [],
      provideClusterInfo: false,
      interactiveMode: 'IfAvailable',
      ...more,
    }),
    runs,
    async [Symbol.asyncDispose]() {
      for (const { pid } of runs()) {
        if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      }
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Returns whether a process runs. A zombie, as in containers without an init, does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const path = `/proc/${pid}/stat`;
  return !existsSync(path) || !/\) Z /.test(readFileSync(path, 'utf8'));
}
