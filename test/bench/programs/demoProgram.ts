import {
  createService,
  type DemoClusterOptions,
  type DemoPods,
  startDemoCluster,
  withReadiness,
} from '../../../src/demo/entry.ts';

// Runs a demo cluster. The benchmark starts this program as a child process, with the options of the cluster as JSON.
// The program prints the path of the kubeconfig. It answers the messages below. It ends when the parent process ends,
// even if the parent process crashes.

/** A message that requests the number of open tunnels to pods. The response is this number. */
export interface TunnelCount {
  readonly count: 'openTunnels';
}

/**
 * A message that creates `addServices` services in a namespace, all with the same pods. The response is `addServices`.
 */
export interface AddServices {
  readonly addServices: number;
  readonly namespace: string;
}

/** A message that changes the pods of a namespace for some seconds. The response is {@link StormDone}. */
export interface Storm {
  readonly namespace: string;
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

export interface StormDone {
  /** The number of changes. Each change causes one watch event. */
  readonly events: number;
  readonly seconds: number;
}

const STORM_TICK_MS = 20;

const options = JSON.parse(process.argv[2] ?? '{}') as DemoClusterOptions;
const cluster = await startDemoCluster(options);
const stop = () => void cluster.dispose().then(() => process.exit());
process.once('SIGTERM', stop).once('SIGINT', stop).once('disconnect', stop);
process.on('message', (message: Storm | TunnelCount | AddServices) => {
  if ('count' in message) process.send?.(cluster.activity.current.openTunnels);
  else if ('addServices' in message) process.send?.(addServices(message));
  else void rage(cluster.pods, message).then((done) => process.send?.(done));
});
process.stdout.write(`Kubeconfig: ${cluster.kubeconfigPath}\n`);

/** Changes the readiness of one pod after the other, as when the probes of a node fail. */
async function rage(pods: DemoPods, { namespace, eventsPerSecond, seconds }: Storm): Promise<StormDone> {
  const names = pods.list(namespace).map(({ metadata }) => metadata.name);
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  let events = 0;
  while (elapsed() < seconds && names.length > 0) {
    for (const due = elapsed() * eventsPerSecond; events < due; events++) {
      const isReady = Math.floor(events / names.length) % 2 === 1;
      pods.put(withReadiness(pods.get(namespace, names[events % names.length] ?? ''), isReady));
    }
    await new Promise((resolve) => setTimeout(resolve, STORM_TICK_MS));
  }
  return { events, seconds: elapsed() };
}

function addServices({ addServices: count, namespace }: AddServices): number {
  for (let index = 0; index < count; index++) {
    const service = createService({
      ...{ name: `idle-${index}`, namespace, selector: { app: 'web' }, createdAt: new Date() },
      clusterIP: `10.96.8.${index}`,
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' }],
    });
    cluster.store.put('services', service);
  }
  return count;
}
