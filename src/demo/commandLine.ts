import { parseArgs } from 'node:util';
import { defined } from '../base/defined.ts';
import { printable } from '../base/text.ts';
import { MAX_LARGE_PODS } from './content/demoContent.ts';
import type { DemoCluster, DemoClusterOptions } from './demoCluster.ts';
import { CONTAINER_RUNTIMES, type ContainerRuntime } from './portforward/containerRuntime.ts';
import { DEMO_USERS } from './users.ts';

const HELP = `Usage: npm run demo -- [options]

Starts a small Kubernetes cluster to try things out: an API server on 127.0.0.1, with its pods in the same process.
The command prints the path of a kubeconfig and runs until you press Ctrl-C.

  --port PORT         port of the API server (default: any free port)
  --pods N            number of pods in the namespace "large", up to ${MAX_LARGE_PODS} (default: 0)
  --latency MS        delay added to every round trip (default: 0)
  --upgrade-delay MS  delay added to every port-forward upgrade, as by a kubelet (default: 0)
  --runtime NAME      how pods handle half-closed connections: containerd or socat (default: containerd)
  --kubeconfig PATH   new file for the kubeconfig (default: a file in a temporary folder)
  --prefix PATH       path prefix of the API, as behind a gateway, such as /k8s/clusters/demo (default: none)
  --kubernetes VERSION  Kubernetes version that the server reports (default: 1.32)
  --help              show this help

Examples:
  npm run demo
  npm run demo -- --pods 10000
  npm run demo -- --port 6443 --latency 50
`;

const EXAMPLE_LOCAL_PORT = 8080;
const MAX_PORT = 65_535;
const MAX_LATENCY_MS = 60_000;

/** The exit statuses of the command, as shells expect them. */
const ExitStatus = { stopped: 0, failed: 1, usage: 2 } as const;

export interface DemoCommandOptions {
  /** The arguments of the command, without the name of the program. */
  readonly arguments: readonly string[];
  readonly start: (options: DemoClusterOptions) => Promise<DemoCluster>;
  /**
   * The shell command that starts this project's terminal command, from any folder. The demo cluster prints examples
   * that begin with this command.
   */
  readonly portForwardCommand: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The caller aborts this signal to stop the demo cluster. */
  readonly stop: AbortSignal;
}

/** Runs the demo cluster until `stop` is aborted. Resolves with the exit status. */
export async function runDemo(options: DemoCommandOptions): Promise<number> {
  const { arguments: given, start, out, err, stop } = options;
  const parsed = parse(given);
  if (parsed.type === 'usage') {
    err(`${printable(parsed.reason)}\nSee npm run demo -- --help\n`);
    return ExitStatus.usage;
  }
  if (parsed.type === 'help') {
    out(HELP);
    return ExitStatus.stopped;
  }
  let cluster: DemoCluster;
  try {
    cluster = await start(parsed.options);
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
        ...defined({ kubeconfigPath: kubeconfig }),
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
    throw new Error(`${flag}: invalid value "${text}": use a whole number from 0 to ${max}`);
  }
  return Number(text);
}

function pathPrefix(text: string): string {
  if (!/^(\/[\w.~-]+)+\/?$/.test(text))
    throw new Error(`--prefix: invalid value "${text}": use a path such as /k8s/demo`);
  return text;
}

function containerRuntime(text: string): ContainerRuntime {
  const runtime = CONTAINER_RUNTIMES.find((name) => name === text);
  if (runtime === undefined)
    throw new Error(`--runtime: invalid value "${text}": use ${CONTAINER_RUNTIMES.join(' or ')}`);
  return runtime;
}

function version(text: string): string {
  if (!/^1\.\d{1,2}$/.test(text))
    throw new Error(`--kubernetes: invalid value "${text}": use a version such as 1.32`);
  return text;
}

/**
 * Returns the first sentence of an error of `parseArgs`. The other sentences are advice from Node that does not help
 * here.
 */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/\. /, 1)[0] ?? message;
}

function startFailure(error: unknown, { port, kubeconfigPath }: DemoClusterOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `port ${port} is in use: use another --port, or omit --port for any free port`;
  if (code === 'EACCES' && kubeconfigPath === undefined) {
    return `no permission to listen on port ${port}: use a port above 1023`;
  }
  if (code === 'EEXIST') {
    return `${printable(kubeconfigPath ?? '')} already exists: use --kubeconfig with the path of a new file`;
  }
  return `the demo cluster did not start: ${printable(error instanceof Error ? error.message : String(error))}`;
}

function describe({ server, kubeconfigPath, store }: DemoCluster, portForwardCommand: string): string {
  const target = `-n demo pod/web ${EXAMPLE_LOCAL_PORT}:80`;
  const pods = store.list('pods').length;
  return `Demo cluster at ${server.href} with ${pods} pods
Kubeconfig: ${kubeconfigPath}
Contexts:   ${DEMO_USERS.join(', ')}

Try it in another terminal:
  ${portForwardCommand} --kubeconfig ${kubeconfigPath} ${target}
  curl http://localhost:${EXAMPLE_LOCAL_PORT}/
Or with kubectl:
  kubectl --kubeconfig ${kubeconfigPath} get pods -A
  kubectl --kubeconfig ${kubeconfigPath} port-forward ${target}

Press Ctrl-C to stop.
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
