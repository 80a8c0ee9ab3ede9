import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecConfig } from '../../src/kube/kubeconfig/kubeconfigFile.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';

/** The path of the program that acts as an exec plugin in tests. */
export const PLUGIN_PATH = fileURLToPath(new URL('../fixtures/plugins/plugin.mjs', import.meta.url));

interface PluginRun {
  readonly pid: number;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/**
 * An exec plugin for tests, which records its runs. A test disposes of it with `await using`, which also ends all
 * processes of the plugin.
 */
export interface TestPlugin extends AsyncDisposable {
  readonly directory: string;
  readonly environment: Record<string, string>;
  config(mode: string, text?: string, more?: Partial<ExecConfig>): ExecConfig;
  /** Returns one entry for each process that has started so far: the plugin's own processes and their children. */
  runs(): PluginRun[];
}

export async function createTestPlugin(): Promise<TestPlugin> {
  const directory = await temporaryDirectory();
  const file = join(directory.path, 'runs.jsonl');
  const runs = (): PluginRun[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          // Drops the text after the last line break, because the plugin may still be writing that line.
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

/**
 * Returns whether a process is running. A zombie does not count: in containers without an init process, ended processes
 * may remain as zombies.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const path = `/proc/${pid}/stat`;
  return !existsSync(path) || !/\) Z /.test(readFileSync(path, 'utf8'));
}
