import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TargetKind } from '../../src/kinds/targetKinds.ts';
import { type ViewSnapshot, viewChanged } from '../../src/rpc/clustersContract.ts';
import { connectToHost } from '../../src/rpc/connectToHost.ts';
import { type LogEntry, logged } from '../../src/rpc/contract.ts';
import {
  type ForwardSnapshot,
  type ForwardSpecification,
  forwardsChanged,
} from '../../src/rpc/forwardsContract.ts';
import type { HostClient } from '../../src/rpc/hostClient.ts';
import type { HostProgram } from '../../src/rpc/hostProgram.ts';
import { demoClusterFor, type TestEnd } from './demoForward.ts';
import { eventually } from './eventually.ts';
import { isAlive } from './execPlugin.ts';
import { WAIT_LIMIT_MS } from './waitLimit.ts';

export const HOST_SCRIPT = resolve('src/host.ts');

/** Returns the program of a host that ends soon after its last client has disconnected. */
export function hostProgram(more: Partial<HostProgram> = {}): HostProgram {
  return {
    execPath: process.execPath,
    script: HOST_SCRIPT,
    environment: process.env,
    lingerMs: 500,
    ...more,
  };
}

interface ClientOptions {
  readonly environment?: Record<string, string>;
  readonly files?: readonly string[];
}

/** A folder for the forward hosts of one test. All hosts and clients of the folder end with the test. */
export class HostBench {
  readonly folder: string;
  readonly #processes = new Set<number>();
  readonly #clients = new Set<HostClient>();

  constructor(folder: string) {
    this.folder = folder;
  }

  static async create(test: TestEnd): Promise<HostBench> {
    const parent = await mkdtemp(join(tmpdir(), 'kpf-'));
    const bench = new HostBench(join(parent, 'h'));
    test.after(async () => {
      await bench.killAll();
      // Retries, because an ending host may still write its record into the folder.
      await rm(parent, { recursive: true, force: true, maxRetries: 20 });
    });
    return bench;
  }

  /** Returns a client of the host in this folder. Starts a host if none is running. */
  async client({ environment, files = [] }: ClientOptions = {}): Promise<TestClient> {
    return new TestClient(await this.joinOrStart(hostProgram(), environment, files));
  }

  /** Connects to the host in this folder. Starts a host of this program if none is running. */
  async joinOrStart(
    program: HostProgram,
    environment: Record<string, string> = { HOME: this.folder, PATH: process.env.PATH ?? '' },
    kubeconfigFiles: readonly string[] = [],
  ): Promise<HostClient> {
    const options = { ...this.#options(), environment, kubeconfigFiles };
    return this.own(await connectToHost({ ...options, mode: 'joinOrStart', program }));
  }

  join(): Promise<HostClient | undefined> {
    return connectToHost({ ...this.#options(), mode: 'join', environment: {}, kubeconfigFiles: [] });
  }

  #options() {
    const client = { name: 'test', version: '1' };
    return { folder: this.folder, client, signal: AbortSignal.timeout(60_000) };
  }

  /** Registers a client, so that the client and its host end with the test. */
  own(client: HostClient): HostClient {
    this.#clients.add(client);
    this.#processes.add(client.host.processId);
    return client;
  }

  async killAll(): Promise<void> {
    for (const client of this.#clients) client.dispose();
    // Deletes the folder first. While the folder exists, the keeper process of a killed host would start another host.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20 });
    for (const processId of this.#processes) {
      if (isAlive(processId)) process.kill(processId, 'SIGKILL');
    }
    await Promise.all([...this.#processes].map(untilDead));
  }
}

export async function untilDead(processId: number): Promise<void> {
  await eventually(() => !isAlive(processId), `process ${processId} still runs`);
}

/** Starts a demo cluster and a forward host, and connects a client to the host. All of them end with the test. */
export async function demoHostFor(test: TestEnd) {
  const demo = await demoClusterFor(test);
  const bench = await HostBench.create(test);
  return { demo, bench, client: await bench.client() };
}

/** A client that records the notifications of its host. */
export class TestClient {
  readonly client: HostClient;
  readonly log: LogEntry[] = [];
  readonly views = new Map<number, ViewSnapshot>();
  forwards: readonly ForwardSnapshot[] = [];
  readonly #checks = new Set<() => void>();

  constructor(client: HostClient) {
    this.client = client;
    client.onNotification(logged, (entry) => {
      this.log.push(entry);
      this.#check();
    });
    client.onNotification(viewChanged, (snapshot) => {
      this.views.set(snapshot.viewId, snapshot);
      this.#check();
    });
    client.onNotification(forwardsChanged, (forwards) => {
      this.forwards = forwards;
      this.#check();
    });
  }

  get processId(): number {
    return this.client.host.processId;
  }

  get request(): HostClient['request'] {
    return this.client.request.bind(this.client);
  }

  /** Calls `find` now and after each notification, until it returns a result. Resolves with this result. */
  until<T>(find: () => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#checks.delete(check);
        reject(
          new Error(
            `waited ${WAIT_LIMIT_MS / 1000} s for ${find}; forwards: ${JSON.stringify(this.forwards)}`,
          ),
        );
      }, WAIT_LIMIT_MS).unref();
      const check = () => {
        const found = find();
        if (found === undefined || found === false) return;
        clearTimeout(limit);
        this.#checks.delete(check);
        resolve(found);
      };
      this.#checks.add(check);
      check();
    });
  }

  /** Resolves when the connection to the host has closed. */
  closed(): Promise<void> {
    return new Promise((resolve) => this.client.onDidClose(resolve));
  }

  dispose(): void {
    this.client.dispose();
  }

  #check(): void {
    for (const check of [...this.#checks]) check();
  }
}

/**
 * Returns the specification of a forward to a target in the demo cluster's namespace `demo`, on any free local port.
 */
export function demoSpecification(
  kubeconfig: string,
  target: `${TargetKind}/${string}`,
  remotePort: number | string,
  more: Partial<ForwardSpecification> & { readonly context?: string } = {},
): ForwardSpecification {
  const { context = 'demo-admin', ...rest } = more;
  const [kind, name = ''] = target.split('/');
  return {
    target: { context: { kubeconfig, context }, namespace: 'demo', kind: kind as TargetKind, name },
    remotePort,
    localPort: { mode: 'exact', port: 0 },
    address: '127.0.0.1',
    ...rest,
  };
}
