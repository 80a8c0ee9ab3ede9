import { parseArgs } from 'node:util';
import type { Target } from './peers.ts';
import type { Sizes } from './rows/experiment.ts';
import { EXPERIMENTS, WINDOW } from './rows/experiments.ts';
import type { WindowSizes } from './window/windowRow.ts';

const NAMES: readonly string[] = [...EXPERIMENTS.map(({ name }) => name), WINDOW];

export const HELP = `Usage: npm run bench -- [options]

Measures this program, kubectl and @kubernetes/client-node side by side and prints Markdown tables. What is measured needs
a pod with a web server that answers GET /bytes?n=N, with N bytes, and PUT /upload, as the demo cluster's do. Without
--kubeconfig it runs against a demo cluster of its own, whose API server and pods are processes of their own.

  --quick             small sizes, under a minute: for a first look
  --pairs N           how often each is measured, in turns (5)
  --only NAMES        only these, with commas:
                      ${list(NAMES)}
  --write-readme      puts the result into docs/benchmark.md, a summary into README.md, and a picture into
                      media/benchmark.png
  --dist FOLDER       programs that are built already (builds dist/)
  --kubeconfig PATH   another cluster, with --context NAME, --namespace NAME, --pod NAME and --port N (default, web, 80)
  --help              this text

Examples:
  npm run bench -- --quick
  npm run bench -- --only download,upload --pairs 3
  npm run bench -- --kubeconfig ~/.kube/config --namespace demo --pod web --port 8080
`;

export interface BenchOptions {
  readonly isQuick: boolean;
  readonly sizes: Sizes;
  readonly windowSizes: WindowSizes;
  /** The names of the experiments to run. Optional, default: all. */
  readonly only: readonly string[] | undefined;
  readonly writesReadme: boolean;
  /** The folder of the built programs. Optional, default: the benchmark builds them first. */
  readonly dist: string | undefined;
  /** The pod to measure. Undefined for a pod of a demo cluster that the benchmark starts. */
  readonly target: Target | undefined;
}

const FULL: Sizes = {
  pairs: 5,
  connections: 100,
  farConnections: 20,
  bulkBytes: 500_000_000,
  rateSeconds: 1.5,
  farRateSeconds: 3,
  stallMs: 2_000,
  idleConnections: 500,
  latencyRequests: 200,
};

const QUICK: Sizes = {
  pairs: 1,
  connections: 15,
  farConnections: 3,
  bulkBytes: 50_000_000,
  rateSeconds: 0.2,
  farRateSeconds: 0.4,
  stallMs: 400,
  idleConnections: 500,
  latencyRequests: 30,
};

const FULL_WINDOW: WindowSizes = { treePods: [100, 1_000, 10_000], seconds: 5, starts: 5 };
const QUICK_WINDOW: WindowSizes = { treePods: [1_000], seconds: 1, starts: 1 };

/** Parses the command line. Returns undefined if the user asked for help. @throws TypeError if an option is invalid */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      pairs: { type: 'string' },
      only: { type: 'string' },
      'write-readme': { type: 'boolean', default: false },
      dist: { type: 'string' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      namespace: { type: 'string', default: 'default' },
      pod: { type: 'string', default: 'web' },
      port: { type: 'string', default: '80' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const sizes = values.quick ? QUICK : FULL;
  const { kubeconfig, context, namespace, pod } = values;
  return {
    isQuick: values.quick,
    sizes: { ...sizes, ...(values.pairs !== undefined && { pairs: positive('--pairs', values.pairs) }) },
    windowSizes: values.quick ? QUICK_WINDOW : FULL_WINDOW,
    only: values.only?.split(',').map(knownName),
    writesReadme: values['write-readme'],
    dist: values.dist,
    target:
      kubeconfig === undefined
        ? undefined
        : { kubeconfig, context, namespace, pod, ports: [positive('--port', values.port)] },
  };
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new TypeError(`${flag} must be a number from 1, not ${text}`);
  return value;
}

function knownName(name: string): string {
  if (!NAMES.includes(name))
    throw new TypeError(`--only does not know ${name}; there is ${NAMES.join(', ')}`);
  return name;
}

/** Formats names as lines of the help text. */
function list(names: readonly string[]): string {
  return names.join(', ').replace(/(.{50,70},) /g, `$1\n${' '.repeat(22)}`);
}
