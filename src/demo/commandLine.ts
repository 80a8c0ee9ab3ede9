import { parseArgs } from 'node:util';
import { printable } from '../base/text.ts';
import { MAX_LARGE_PODS } from './content/demoContent.ts';
import { type DemoCluster, type DemoClusterOptions, startDemoCluster } from './demoCluster.ts';
import { CONTAINER_RUNTIMES, type ContainerRuntime } from './portforward/containerRuntime.ts';
import { DEMO_USERS } from './users.ts';

const HELP = `Usage: npm run demo -- [options]

Starts a Kubernetes cluster for trying things out: an API server on 127.0.0.1 whose pods live in this process.
It prints the path of a kubeconfig, and stops on Ctrl-C.

  --port PORT         port of the API server (any free one)
  --pods N            pods in the namespace "large", at most ${MAX_LARGE_PODS} (0)
  --latency MS        time added to every round trip (0)
  --upgrade-delay MS  time added to every port-forward's upgrade, as a kubelet's (0)
  --runtime NAME      whose way with half-closed connections the pods have: containerd or socat (containerd)
  --kubeconfig PATH   where to write the kubeconfig: a new file (one in a temporary folder)
  --prefix PATH       path below which the API lies, as behind a gateway: /k8s/clusters/demo (none)
  --kubernetes VERSION  version that the server says it is (1.32)
  --help              this text

Examples:
  npm run demo
  npm run demo -- --pods 10000
  npm run demo -- --port 6443 --latency 50
`;

const EXAMPLE_LOCAL_PORT = 8080;
const MAX_PORT = 65_535;
const MAX_LATENCY_MS = 60_000;

/** Exit statuses, as shells expect them. */
const ExitStatus = { stopped: 0, failed: 1, usage: 2 } as const;

export interface DemoCommandOptions {
  /** Without the program's own name. */
  readonly arguments: readonly string[];
  /** How the terminal command is called from anywhere: what is printed to try begins with it. */
  readonly portForwardCommand: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Aborted when the demo is to stop. */
  readonly stop: AbortSignal;
}

/** Runs the demo cluster until it is told to stop; resolves with the exit status. */
export async function runDemo(options: DemoCommandOptions): Promise<number> {
  const { arguments: given, out, err, stop } = options;
  const parsed = parse(given);
  if (parsed.type === 'usage') {
    err(`${printable(parsed.reason)}\nSee: npm run demo -- --help\n`);
    return ExitStatus.usage;
  }
  if (parsed.type === 'help') {
    out(HELP);
    return ExitStatus.stopped;
  }
  let cluster: DemoCluster;
  try {
    cluster = await startDemoCluster(parsed.options);
  } catch (error) {
    err(`${startFailure(error, parsed.options)}\n`);
    return ExitStatus.failed;
  }
  out(describe(cluster, options.portForwardCommand));
  await aborted(stop);
  await cluster.dispose();
  out('Stopped.\n');
  return ExitStatus.stopped;
}

type Parsed =
  | { readonly type: 'help' }
  | { readonly type: 'usage'; readonly reason: string }
  | { readonly type: 'run'; readonly options: DemoClusterOptions };

function parse(given: readonly string[]): Parsed {
  try {
    const { values } = parseArgs({
      args: [...given],
      strict: true,
      allowPositionals: false,
      options: {
        port: { type: 'string' },
        pods: { type: 'string' },
        latency: { type: 'string' },
        'upgrade-delay': { type: 'string' },
        runtime: { type: 'string' },
        kubeconfig: { type: 'string' },
        prefix: { type: 'string' },
        kubernetes: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) return { type: 'help' };
    const { kubeconfig, prefix, kubernetes, runtime } = values;
    return {
      type: 'run',
      options: {
        port: wholeNumber('--port', values.port, MAX_PORT),
        largePods: wholeNumber('--pods', values.pods, MAX_LARGE_PODS),
        latencyMs: wholeNumber('--latency', values.latency, MAX_LATENCY_MS),
        upgradeDelayMs: wholeNumber('--upgrade-delay', values['upgrade-delay'], MAX_LATENCY_MS),
        ...(runtime === undefined ? {} : { runtime: containerRuntime(runtime) }),
        ...(kubeconfig === undefined ? {} : { kubeconfigPath: kubeconfig }),
        ...(prefix === undefined ? {} : { pathPrefix: pathPrefix(prefix) }),
        ...(kubernetes === undefined ? {} : { kubernetesVersion: version(kubernetes) }),
      },
    };
  } catch (error) {
    return { type: 'usage', reason: firstSentence(error) };
  }
}

function wholeNumber(flag: string, text: string | undefined, max: number): number {
  if (text === undefined) return 0;
  if (!/^\d+$/.test(text) || Number(text) > max) {
    throw new Error(`${flag} is to be a whole number from 0 to ${max}, not "${text}"`);
  }
  return Number(text);
}

function pathPrefix(text: string): string {
  if (!/^(\/[\w.~-]+)+\/?$/.test(text))
    throw new Error(`--prefix is to be a path such as /k8s/demo, not "${text}"`);
  return text;
}

function containerRuntime(text: string): ContainerRuntime {
  const runtime = CONTAINER_RUNTIMES.find((name) => name === text);
  if (runtime === undefined)
    throw new Error(`--runtime is to be ${CONTAINER_RUNTIMES.join(' or ')}, not "${text}"`);
  return runtime;
}

function version(text: string): string {
  if (!/^1\.\d{1,2}$/.test(text))
    throw new Error(`--kubernetes is to be a version such as 1.32, not "${text}"`);
  return text;
}

/** Node's own messages go on with advice about other flags. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/\. /, 1)[0] ?? message;
}

function startFailure(error: unknown, { port, kubeconfigPath }: DemoClusterOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `port ${port} is in use: give another one with --port, or none for any free one`;
  if (code === 'EACCES' && kubeconfigPath === undefined) {
    return `port ${port} needs more rights than this user has: give one from 1024 on`;
  }
  if (code === 'EEXIST') {
    return `${printable(kubeconfigPath ?? '')} exists already: give --kubeconfig the path of a new file`;
  }
  return `the demo cluster does not start: ${printable(error instanceof Error ? error.message : String(error))}`;
}

function describe({ server, kubeconfigPath, store }: DemoCluster, portForwardCommand: string): string {
  const target = `-n demo pod/web ${EXAMPLE_LOCAL_PORT}:80`;
  const pods = store.list('pods').length;
  return `Demo cluster at ${server.href} with ${pods} pods
Kubeconfig: ${kubeconfigPath}
Contexts:   ${DEMO_USERS.join(', ')}

Try in another terminal:
  ${portForwardCommand} --kubeconfig ${kubeconfigPath} ${target}
  curl http://localhost:${EXAMPLE_LOCAL_PORT}/
With kubectl:
  kubectl --kubeconfig ${kubeconfigPath} get pods -A
  kubectl --kubeconfig ${kubeconfigPath} port-forward ${target}

Ctrl-C stops it.
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
