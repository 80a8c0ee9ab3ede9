import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isCoded } from '../../../../src/base/errors.ts';
import {
  createReplicationController,
  type DemoCluster,
  startDemoCluster,
} from '../../../../src/demo/entry.ts';
import { formatAddress } from '../../../../src/portforward/forwardText.ts';
import { freePort } from '../../../support/localPorts.ts';
import { temporaryDirectory } from '../../../support/temporaryDirectory.ts';
import { forwardHere } from '../forwardHere.ts';
import { type Case, type Outcome, outcomeOf, wordsOf } from './case.ts';
import { writeHome } from './providers.ts';

const KUBECTL_LIMIT_MS = 30_000;

/** Runs cases. Has its own demo cluster and home folder, which end with `await using`. */
export class CaseRunner implements AsyncDisposable {
  readonly #cluster: DemoCluster;
  readonly #home: string;
  readonly #owned: AsyncDisposableStack;
  #kubeconfigs = 0;

  private constructor(cluster: DemoCluster, home: string, owned: AsyncDisposableStack) {
    this.#cluster = cluster;
    this.#home = home;
    this.#owned = owned;
  }

  static async start(): Promise<CaseRunner> {
    await using owned = new AsyncDisposableStack();
    const home = owned.use(await temporaryDirectory()).path;
    const cluster = owned.adopt(await startDemoCluster(), (each) => each.dispose());
    addReplicationController(cluster);
    await writeHome({
      path: home,
      token: cluster.token('demo-admin'),
      certificateAuthority: cluster.certificateAuthority,
      clientCertificate: Buffer.from(fieldOf(cluster, 'client-certificate-data'), 'base64').toString(),
      clientKey: Buffer.from(fieldOf(cluster, 'client-key-data'), 'base64').toString(),
    });
    return new CaseRunner(cluster, home, owned.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  /** Runs a case with the terminal command of this project, inside the test process. */
  async here(each: Case): Promise<Outcome> {
    const port = await freePort();
    const stop = new AbortController();
    const lines: string[] = [];
    const quiet = () => {};
    try {
      await forwardHere(this.#argumentsOf(each, port), {
        environment: await this.#environmentOf(each),
        homeFolder: this.#home,
        reporter: {
          notice(event) {
            if (event.type !== 'ready') return;
            lines.push(
              ...event.addresses.map(
                (bound) => `Forwarding from ${formatAddress(bound)} -> ${bound.remotePort}`,
              ),
            );
            stop.abort();
          },
          warning: quiet,
          signInNeeded: quiet,
          detached: quiet,
          exchange: quiet,
          stopped: quiet,
        },
        stop: stop.signal,
      });
    } catch (error) {
      if (!stop.signal.aborted) {
        assert.ok(isCoded(error), String(error));
        assert.doesNotMatch(error.message, /\n/);
        return error.code;
      }
    }
    return outcomeOf(lines, askedPort(each, port));
  }

  /** Runs kubectl until it has printed a line for each expected address, or has ended. */
  async kubectl(each: Case): Promise<Outcome> {
    const port = await freePort();
    const pairs = each.kubectl.split(', ');
    const expected = pairs.reduce((sum, pair) => sum + (/^localhost/.test(pair) ? 2 : 1), 0);
    const child = spawn('kubectl', ['port-forward', ...this.#argumentsOf(each, port)], {
      env: {
        ...(await this.#environmentOf(each)),
        HOME: this.#home,
        KUBECACHEDIR: join(this.#home, 'cache'),
        // In such a short run, garbage collection would take a fifth of the CPU time.
        GOGC: 'off',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: KUBECTL_LIMIT_MS,
    });
    const exited = once(child, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('Forwarding from')) lines.push(line);
      if (lines.length === expected) child.kill('SIGINT');
    }
    await exited;
    return lines.length === 0 ? 'refused' : outcomeOf(lines, askedPort(each, port));
  }

  async #environmentOf({ kubeconfig }: Case): Promise<Record<string, string>> {
    const environment = { PATH: `${join(this.#home, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    if (kubeconfig === undefined) return { ...environment, KUBECONFIG: this.#cluster.kubeconfigPath };
    const path = join(this.#home, `kubeconfig-${this.#kubeconfigs++}.yaml`);
    await writeFile(path, this.#expand(kubeconfig));
    return { ...environment, KUBECONFIG: path };
  }

  #argumentsOf({ input }: Case, port: number): readonly string[] {
    return wordsOf(this.#expand(input).replaceAll('{port}', String(port)));
  }

  #expand(text: string): string {
    return text
      .replaceAll('{server}', this.#cluster.server.href)
      .replaceAll('{ca}', Buffer.from(this.#cluster.certificateAuthority).toString('base64'))
      .replaceAll('{token}', this.#cluster.token('demo-admin'))
      .replaceAll('{clientCertificate}', fieldOf(this.#cluster, 'client-certificate-data'))
      .replaceAll('{clientKey}', fieldOf(this.#cluster, 'client-key-data'))
      .replaceAll('{home}', this.#home);
  }
}

/**
 * Returns `port` if the input of a case contains a local port. Returns undefined if the case asks for any free port.
 * The outcome then contains `*`, even if the command happens to choose the number `port`.
 */
function askedPort({ input }: Case, port: number): string | undefined {
  return input.includes('{port}') ? String(port) : undefined;
}

/** Adds a ReplicationController to the demo cluster, which has none. */
function addReplicationController(cluster: DemoCluster): void {
  const web = cluster.store.get('deployments.apps', 'demo', 'web');
  assert.ok(web);
  const labels = { app: 'legacy' };
  const template = { ...web.spec.template, metadata: { ...web.spec.template.metadata, labels } };
  const legacy = { name: 'legacy', namespace: 'demo', labels, template, replicas: 1, createdAt: new Date() };
  cluster.store.put('replicationcontrollers', createReplicationController(legacy));
}

/** Returns the client certificate or key of the demo cluster's kubeconfig in base64. */
function fieldOf(cluster: DemoCluster, name: string): string {
  const [, value = ''] = new RegExp(`${name}: (\\S+)`).exec(cluster.kubeconfig) ?? [];
  return value;
}
