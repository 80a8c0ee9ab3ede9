import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { DemoCluster } from '../../src/demo/entry.ts';

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

/**
 * The reason to skip tests with kubectl, or false to run them. In CI, the tests always run, so that a missing kubectl
 * makes them fail.
 */
export const KUBECTL_SKIP = hasKubectl || process.env['CI'] ? false : 'kubectl is not on PATH';

type Variables = Readonly<Record<string, string>>;

/** Runs the real kubectl with the kubeconfig of a demo cluster. */
export class Kubectl {
  readonly #demo: DemoCluster;

  constructor(demo: DemoCluster) {
    this.#demo = demo;
  }

  /**
   * Returns the environment of kubectl, with a separate cache folder. The user's own cache may contain the API of
   * another server that used the same port.
   */
  environment(more: Variables = {}): NodeJS.ProcessEnv {
    const { kubeconfigPath } = this.#demo;
    return {
      ...process.env,
      KUBECONFIG: kubeconfigPath,
      KUBECACHEDIR: `${kubeconfigPath}.cache`,
      ...more,
    };
  }

  start(args: readonly string[], more?: Variables): ChildProcessWithoutNullStreams {
    return spawn('kubectl', args, { env: this.environment(more) });
  }

  /** Runs a command and returns its output. Rejects if the command fails. @param manifests the input for `-f -` */
  async run(args: readonly string[], ...manifests: readonly object[]): Promise<string> {
    const child = this.start(args);
    child.stdin.end(manifests.map((manifest) => JSON.stringify(manifest)).join('\n'));
    const closed = once(child, 'close');
    const [out, problems] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
    const [status] = (await closed) as [number | null];
    const stdout = Buffer.concat(out as Buffer[]).toString();
    if (status === 0) return stdout;
    const stderr = Buffer.concat(problems as Buffer[]).toString();
    throw Object.assign(new Error(`kubectl ${args.join(' ')}: ${stderr}`), { stdout, stderr, status });
  }

  /** Starts a port forward on a free local port of 127.0.0.1 and waits until it is ready. */
  async portForward(target: string, remote: number | string, more?: Variables): Promise<KubectlForward> {
    const child = this.start(['port-forward', target, `:${remote}`, '--address', '127.0.0.1'], more);
    const line = await new OutputLines(child).next(/^Forwarding from/);
    const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
    return { port, child, [Symbol.asyncDispose]: () => endProcess(child) };
  }
}

export interface KubectlForward extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcessWithoutNullStreams;
}

/** The output lines of a program, for which a test can wait. */
export class OutputLines {
  readonly #lines: string[] = [];
  #rest = '';
  #wake: (() => void) | undefined;
  #hasEnded = false;

  constructor(child: ChildProcessWithoutNullStreams, stream: 'stdout' | 'stderr' = 'stdout') {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? '';
      this.#lines.push(...lines);
      this.#wake?.();
    });
    child.once('close', () => {
      this.#hasEnded = true;
      this.#wake?.();
    });
  }

  /** Returns the next matching line, and drops the lines before it. Throws an error if the program ends first. */
  async next(pattern: RegExp): Promise<string> {
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        if (pattern.test(line)) return line;
      }
      if (this.#hasEnded) throw new Error(`kubectl ended before a line that matches ${pattern}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Ends a program if it is still running, and waits for its end. */
export async function endProcess(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}
