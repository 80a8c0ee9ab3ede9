import {
  createService,
  type DemoClusterOptions,
  type DemoPods,
  startDemoCluster,
  withReadiness,
} from '../../../src/demo/entry.ts';

// Runs a demo cluster in a process of its own. The program takes its options as JSON and prints the kubeconfig's path. On
// request over its channel it makes storms of pod events and counts open tunnels. It ends with its parent, however the parent
// ends.

/** Asks how many tunnels are open. Answered with the number. */
export interface TunnelCount {
  readonly count: 'openTunnels';
}

/** Creates this many services of a namespace, which all lead to the same pods. Answered with the number. */
export interface AddServices {
  readonly addServices: number;
  readonly namespace: string;
}

/** Makes pods of a namespace change, over and over. Answered with {@link StormDone}. */
export interface Storm {
  readonly namespace: string;
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

export interface StormDone {
  /** The number of watch events. */
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

/** Flips the readiness of one pod after the other, as when a node's probes fail. */
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
