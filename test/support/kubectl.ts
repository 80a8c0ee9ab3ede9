import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { DemoCluster } from '../../src/demo/entry.ts';

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

/** A reason to skip tests with kubectl, false if there is none. In CI a missing kubectl is a failure. */
export const KUBECTL_SKIP = hasKubectl || process.env['CI'] ? false : 'kubectl is not on PATH';

type Variables = Readonly<Record<string, string>>;

/** The real kubectl, as a user of a demo cluster. */
export class Kubectl {
  readonly #demo: DemoCluster;

  constructor(demo: DemoCluster) {
    this.#demo = demo;
  }

  /** A separate cache, so that kubectl does not use its knowledge of another server at this port. */
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

  /** Runs a command and returns its output; rejects if the command fails. @param manifests for `-f -` */
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

/** The output lines of a program, which can be awaited. */
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

  /** Reads up to the next matching line. */
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

/** Ends a program that may have ended by itself. */
export async function endProcess(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}
