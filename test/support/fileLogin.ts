import { rm, writeFile } from 'node:fs/promises';
import type { DemoCluster } from '../../src/demo/entry.ts';
import { clusterEntry, kubeconfigText } from './kubeconfigText.ts';

/** An exec plugin that reads its credentials from a file. The plugin fails while the file does not exist. */
export class FileLogin {
  readonly #cluster: DemoCluster;
  readonly #path: string;

  /** @param path the path of the file */
  constructor(cluster: DemoCluster, path: string) {
    this.#cluster = cluster;
    this.#path = path;
  }

  async give(): Promise<void> {
    const token = this.#cluster.token('demo-admin');
    const apiVersion = 'client.authentication.k8s.io/v1';
    await writeFile(this.#path, JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }));
  }

  async takeAway(): Promise<void> {
    await rm(this.#path);
  }

  /** Writes a kubeconfig whose user gets credentials from the plugin. Returns the path of the kubeconfig. */
  async kubeconfig(): Promise<string> {
    const program = `process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(this.#path)}))`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', program],
      interactiveMode: 'IfAvailable',
    };
    const path = `${this.#path}.kubeconfig`;
    await writeFile(path, kubeconfigText(clusterEntry(this.#cluster), { exec }));
    return path;
  }
}
