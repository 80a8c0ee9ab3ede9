import { type Clock, systemClock } from '../base/async.ts';
import { ActivityLog } from './activity.ts';
import { type AdminHandler, ApiServer } from './api/apiServer.ts';
import { type CertificateAuthority, createCertificateAuthority } from './certificates.ts';
import { IMAGE, MAX_LARGE_PODS, seedDemoContent } from './content/demoContent.ts';
import { Controllers } from './controllers/controllers.ts';
import { DEFAULT_POD_TIMINGS, PodLifecycle, type PodTimings } from './controllers/podLifecycle.ts';
import { DemoFaults } from './demoFaults.ts';
import { DemoPods } from './demoPods.ts';
import type { KubernetesVersion, ServerEnvironment } from './environment.ts';
import { FaultRegistry } from './faults.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { writeKubeconfig } from './kubeconfigFile.ts';
import { createImages } from './pods/images.ts';
import { imagesOf } from './pods/podProcess.ts';
import type { ContainerRuntime } from './portforward/containerRuntime.ts';
import { PodNetwork } from './portforward/podNetwork.ts';
import { TunnelRegistry } from './portforward/tunnels.ts';
import { ServedResources } from './resources.ts';
import { Store } from './store.ts';
import { createUsers, type DemoUser, type DemoUserName } from './users.ts';

export interface DemoClusterOptions {
  /** The port of the API server on 127.0.0.1. Optional, default 0: any free port. */
  readonly port?: number;
  /** The number of pods in the namespace `large`, at most 10,000. Optional, default 0. */
  readonly largePods?: number;
  /**
   * A path prefix of the API, as if the server were behind a reverse proxy: `/k8s/clusters/demo`. Optional, default:
   * none.
   */
  readonly pathPrefix?: string;
  /**
   * The Kubernetes version that the server reports. Servers before 1.30 do not support SPDY in a WebSocket. Servers
   * from 1.35 on require the RBAC verb `create` for a WebSocket, in addition to `get`. Optional, default `1.32`.
   */
  readonly kubernetesVersion?: string;
  /**
   * The path of a new file for the kubeconfig. The file must not exist; {@link DemoCluster.dispose} removes it.
   * Optional, default: a file in a temporary folder.
   */
  readonly kubeconfigPath?: string;
  /** Milliseconds added to every round trip between a client and the API server. Optional, default 0. */
  readonly latencyMs?: number;
  /** Milliseconds added to every port-forward upgrade, as by a slow kubelet. Optional, default 0. */
  readonly upgradeDelayMs?: number;
  /**
   * The container runtime to simulate. The runtime determines how pods handle half-closed connections. Optional,
   * default `containerd`.
   */
  readonly runtime?: ContainerRuntime;
  /**
   * The path of the socket on which another process runs the pods' programs (`servePods`). Optional, default: this
   * process runs them.
   */
  readonly podSocketPath?: string;
  /**
   * Whether the cluster has Argo Rollouts, with a Rollout named `canary` in the namespace `demo`. Optional, default
   * false.
   */
  readonly argoRollouts?: boolean;
  readonly clock?: Clock;
  readonly podTimings?: Partial<PodTimings>;
  readonly bookmarkIntervalMs?: number;
}

/** A running demo cluster. The caller of {@link startCluster} must dispose of it. */
export interface DemoCluster {
  /** The URL of the API, with the path prefix. */
  readonly server: URL;
  /**
   * The kubeconfig file, with mode 0600. The file has one context for each user, with the name of the user as its name.
   * `demo-admin` is the current context.
   */
  readonly kubeconfigPath: string;
  /** The kubeconfig's text, which contains credentials. */
  readonly kubeconfig: string;
  /** PEM text of the certificate authority that issued the server's certificate. */
  readonly certificateAuthority: string;
  readonly faults: DemoFaults;
  readonly pods: DemoPods;
  readonly store: Store;
  /** Counts of connections and tunnels, and the audit log. */
  readonly activity: ActivityLog;
  /** Returns the bearer token of a user. Returns an empty string for the user who has a client certificate. */
  token(user: DemoUserName): string;
  /** Closes all sockets and timers, and removes the kubeconfig file. */
  dispose(): Promise<void>;
}

const DEFAULT_VERSION = '1.32';
const DEFAULT_BOOKMARK_INTERVAL_MS = 60_000;
const SERVER_NAMES = ['localhost', 'kubernetes', 'kubernetes.default.svc', 'demo.cluster.test'];
const SERVER_ADDRESSES = ['127.0.0.1', '::1'];

/**
 * Starts an API server on the loopback address, with simulated pods.
 * @param createAdmin creates the handler of requests to `/demo/…`; optional, default: no handler
 * @throws Error if the port is taken, the kubeconfig cannot be written, or an option is out of its range
 */
export async function startCluster(
  options: DemoClusterOptions = {},
  createAdmin?: (faults: DemoFaults) => AdminHandler,
): Promise<DemoCluster> {
  const largePods = checkedPods(options.largePods ?? 0);
  const version = parseVersion(options.kubernetesVersion ?? DEFAULT_VERSION);
  const authority = await createCertificateAuthority('demo-cluster-ca');
  const users = await createUsers(authority);
  const keyPair = await authority.issueServer(SERVER_NAMES, SERVER_ADDRESSES);
  const parts = createParts(options, version, authority, users);
  const controllers = fill(parts.environment, { largePods, hasArgoRollouts: options.argoRollouts ?? false });
  const server = new ApiServer(parts.environment, keyPair);
  const { faults, dispose } = assemble(parts, server, controllers);
  if (createAdmin !== undefined) server.admin = createAdmin(faults);
  try {
    await server.listen(options.port ?? 0);
    const url = new URL(`https://127.0.0.1:${server.port}${parts.environment.prefix}`);
    const kubeconfig = renderKubeconfig(url, authority.certificate, users);
    const file = await writeKubeconfig(kubeconfig, options.kubeconfigPath);
    return {
      server: url,
      kubeconfigPath: file.path,
      kubeconfig,
      certificateAuthority: authority.certificate,
      faults,
      pods: parts.demoPods,
      store: parts.environment.store,
      activity: parts.environment.activity,
      token: (name) => tokenOf(users, name),
      async dispose() {
        await dispose();
        await file.remove();
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * Stores the first objects of the cluster. Also lets the controllers create the objects that belong to the first
 * objects, such as EndpointSlices. Returns the controllers, which the caller disposes of.
 */
function fill(
  { store, pods, clock, version }: ServerEnvironment,
  content: { readonly largePods: number; readonly hasArgoRollouts: boolean },
): Controllers {
  seedDemoContent(store, pods, { kubeletVersion: `v${version.major}.${version.minor}.0`, ...content });
  const controllers = new Controllers(store, pods, clock);
  controllers.reconcileAll();
  return controllers;
}

interface Parts {
  readonly environment: ServerEnvironment;
  readonly demoPods: DemoPods;
}

function createParts(
  options: DemoClusterOptions,
  version: KubernetesVersion,
  authority: CertificateAuthority,
  users: readonly DemoUser[],
): Parts {
  const clock = options.clock ?? systemClock;
  const store = new Store();
  const activity = new ActivityLog();
  const faults = new FaultRegistry(clock);
  const pods = new PodLifecycle(store, clock, { ...DEFAULT_POD_TIMINGS, ...options.podTimings });
  const { podSocketPath } = options;
  const images = podSocketPath === undefined ? createImages() : imagesOf(Object.values(IMAGE), podSocketPath);
  const network = new PodNetwork(store, images, faults, activity);
  if (options.latencyMs !== undefined && options.latencyMs > 0) {
    faults.add({ type: 'latency', roundTripMs: options.latencyMs });
  }
  if (options.upgradeDelayMs !== undefined && options.upgradeDelayMs > 0) {
    faults.add({ type: 'slowUpgrade', delayMs: options.upgradeDelayMs });
  }
  const environment: ServerEnvironment = {
    store,
    resources: new ServedResources({ hasArgoRollouts: options.argoRollouts ?? false }),
    pods,
    network,
    tunnels: new TunnelRegistry(activity, faults),
    faults,
    activity,
    users,
    authority,
    clock,
    version,
    runtime: options.runtime ?? 'containerd',
    prefix: (options.pathPrefix ?? '').replace(/\/+$/, ''),
    bookmarkIntervalMs: options.bookmarkIntervalMs ?? DEFAULT_BOOKMARK_INTERVAL_MS,
  };
  return { environment, demoPods: new DemoPods(store, pods) };
}

function assemble(
  { environment, demoPods }: Parts,
  server: ApiServer,
  controllers: Controllers,
): { readonly faults: DemoFaults; dispose(): Promise<void> } {
  const { store, pods, network, tunnels, activity, faults: registry } = environment;
  const faults = new DemoFaults({
    registry,
    tunnels,
    store,
    pods: demoPods,
    activity,
    async restart() {
      const { port } = server;
      await server.close();
      await server.listen(port);
    },
  });
  return {
    faults,
    async dispose() {
      controllers.dispose();
      pods.dispose();
      tunnels.dispose();
      network.dispose();
      await server.close();
      registry.dispose();
      store.dispose();
      activity.dispose();
    },
  };
}

function checkedPods(largePods: number): number {
  if (!Number.isSafeInteger(largePods) || largePods < 0 || largePods > MAX_LARGE_PODS) {
    throw new RangeError(`largePods must be from 0 to ${MAX_LARGE_PODS}`);
  }
  return largePods;
}

function parseVersion(text: string): KubernetesVersion {
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(text) ?? [];
  if (major === undefined || minor === undefined) {
    throw new RangeError(`invalid kubernetesVersion "${text}": use a version such as 1.32`);
  }
  return { major: Number(major), minor: Number(minor) };
}

function tokenOf(users: readonly DemoUser[], name: DemoUserName): string {
  const credential = users.find((user) => user.name === name)?.credential;
  return credential?.type === 'token' ? credential.token : '';
}
