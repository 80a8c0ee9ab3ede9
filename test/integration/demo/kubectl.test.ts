import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/demoCluster.ts';

const run = promisify(execFile);
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
// In CI a missing kubectl is a failure, not a reason to leave the tests out.
const isSkipped = !hasKubectl && !process.env['CI'];
if (isSkipped) process.stdout.write('Skipped: kubectl is not on PATH\n');

describe('kubectl against the demo cluster', { skip: isSkipped ? 'kubectl is not on PATH' : false }, () => {
  let cluster: DemoCluster;
  before(async () => {
    cluster = await startDemoCluster({ largePods: 700 });
  });
  after(() => cluster.dispose());

  /** A cache of its own: kubectl must not take what it learnt from another server at this port. */
  const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    KUBECONFIG: cluster.kubeconfigPath,
    KUBECACHEDIR: `${cluster.kubeconfigPath}.cache`,
    ...more,
  });
  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('kubectl', args, { env: environment(), maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };

  test('lists pods of all namespaces as tables, paged', async () => {
    const lines = (await kubectl('get', 'pods', '-A')).trim().split('\n');
    assert.match(lines[0] ?? '', /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE$/);
    assert.equal(lines.filter((line) => line.startsWith('large ')).length, 700);
    assert.ok(lines.some((line) => /^demo +crashing +0\/1 +CrashLoopBackOff +7 /.test(line)));
  });

  test('gets everything in a namespace, and as JSON', async () => {
    const all = await kubectl('get', 'all');
    for (const name of [
      'deployment.apps/web',
      'statefulset.apps/db',
      'daemonset.apps/agent',
      'job.batch/migrate',
    ]) {
      assert.ok(all.includes(name), name);
    }
    const list = JSON.parse(await kubectl('get', 'pods', '-l', 'app=db', '-o', 'json')) as {
      items: unknown[];
    };
    assert.equal(list.items.length, 2);
  });

  test('describes a pod and a service', async () => {
    assert.match(await kubectl('describe', 'pod', 'web'), /Port: +80\/TCP/);
    assert.match(await kubectl('describe', 'service', 'web'), /Endpoints: +10\.88\.\d+\.\d+:8080,10\.88/);
  });

  test('asks what a user may do', async () => {
    const canForward = (verb: string, user: string) =>
      kubectl('auth', 'can-i', verb, 'pods', '--subresource=portforward', '--context', user).catch(
        (error: { stdout: string }) => error.stdout,
      );
    assert.equal(await canForward('create', 'demo-developer'), 'yes\n');
    assert.equal(await canForward('create', 'demo-getonly'), 'no\n');
    assert.match(
      await kubectl('auth', 'can-i', '--list', '--context', 'demo-getonly'),
      /pods\/portforward +\[\] +\[\] +\[get\]/,
    );
    await assert.rejects(kubectl('get', 'namespaces', '--context', 'demo-viewer'), (error: Error) =>
      error.message.includes(
        'User "demo-viewer" cannot list resource "namespaces" in API group "" at the cluster scope',
      ),
    );
  });

  test('watches while a pod is deleted and replaced', async () => {
    const watching = spawn('kubectl', ['get', 'pods', '-l', 'app=web', '-w'], { env: environment() });
    try {
      const lines = new OutputLines(watching);
      const [name = ''] = (await lines.next(/^web-\S+ +1\/1 +Running/)).split(' ');
      await lines.next(/^web-\S+ +1\/1 +Running/);
      const deleted = kubectl('delete', 'pod', name);
      await lines.next(new RegExp(`^${name} +1/1 +Terminating`));
      await lines.next(/^web-\S+ +0\/1 +Pending/);
      await lines.next(/^web-\S+ +0\/1 +ContainerCreating/);
      await lines.next(/^web-\S+ +1\/1 +Running/);
      assert.equal(await deleted, `pod "${name}" deleted\n`);
    } finally {
      await end(watching);
    }
  });

  test('scales and restarts a deployment', async () => {
    assert.equal(
      await kubectl('scale', 'deployment', 'api', '-n', 'staging', '--replicas=3'),
      'deployment.apps/api scaled\n',
    );
    assert.match(
      await kubectl('rollout', 'status', 'deployment', 'api', '-n', 'staging'),
      /successfully rolled out/,
    );
    await kubectl('rollout', 'restart', 'deployment', 'api', '-n', 'staging');
    assert.match(
      await kubectl('rollout', 'status', 'deployment', 'api', '-n', 'staging'),
      /successfully rolled out/,
    );
  });

  for (const [name, isWebSocket] of [
    ['WebSocket', true],
    ['SPDY', false],
  ] as const) {
    const variables = { KUBECTL_PORT_FORWARD_WEBSOCKETS: String(isWebSocket) };
    const transport = isWebSocket ? 'websocket' : 'spdy';

    test(`forwards a port of a service by ${name}`, async () => {
      const before = cluster.activity.current.openedTunnels[transport];
      await using forward = await portForward(environment(variables), 'service/web', 80);
      const pages = await Promise.all([1, 2, 3].map(() => get(forward.port, '/api/pod')));
      for (const page of pages) {
        const { pod, port } = JSON.parse(page) as { pod: string; port: number };
        assert.match(pod, /^web-/);
        assert.equal(port, 8080);
      }
      assert.equal((await get(forward.port, '/bytes?n=5000000')).length, 5_000_000);
      assert.equal(cluster.activity.current.openedTunnels[transport], before + 1);
    });

    test(`passes a half-close on by ${name}`, async () => {
      await using forward = await portForward(environment(variables), 'pod/echo', 7);
      const socket = net.connect({ port: forward.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end('all of it');
      assert.equal(Buffer.concat(await socket.toArray()).toString(), 'all of it');
    });

    test(`gives the forward up for a refused port by ${name}, with the server's words`, async () => {
      await using forward = await portForward(environment(variables), 'pod/web', 9999);
      const failed = new OutputLines(forward.child, 'stderr').next(/connection refused/);
      await assert.rejects(get(forward.port, '/'));
      assert.match(
        await failed,
        /error forwarding port 9999 to pod [0-9a-f]{64}, uid : failed to execute portforward/,
      );
    });
  }
});

/** The lines that a program writes, to be waited for. */
class OutputLines {
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

  /** Reads on to the next line that matches. */
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

interface KubectlForward extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcessWithoutNullStreams;
}

async function portForward(env: NodeJS.ProcessEnv, target: string, remote: number): Promise<KubectlForward> {
  const args = ['port-forward', target, `:${remote}`, '--address', '127.0.0.1'];
  const child = spawn('kubectl', args, { env });
  const line = await new OutputLines(child).next(/^Forwarding from/);
  const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
  return { port, child, [Symbol.asyncDispose]: () => end(child) };
}

async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

async function get(port: number, path: string): Promise<string> {
  const message = http.get({ host: '127.0.0.1', port, path, agent: false });
  const [response] = (await once(message, 'response')) as [http.IncomingMessage];
  return Buffer.concat(await response.toArray()).toString();
}
