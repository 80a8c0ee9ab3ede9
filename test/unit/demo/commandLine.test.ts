import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { test } from 'node:test';
import { runDemo } from '../../../src/demo/commandLine.ts';
import { startCluster } from '../../../src/demo/demoCluster.ts';
import { demoClusterFor } from '../../support/demoForward.ts';

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the demo with these arguments until it ends. As soon as the demo has printed something, tells it to stop. */
async function run(...given: string[]): Promise<Run> {
  const stop = new AbortController();
  let [out, err] = ['', ''];
  const status = await runDemo({
    start: (options) => startCluster(options),
    portForwardCommand: 'node cli.js',
    arguments: given,
    out: (text) => {
      out += text;
      stop.abort();
    },
    err: (text) => {
      err += text;
    },
    stop: stop.signal,
  });
  return { status, out, err };
}

for (const [given, reason] of [
  [['--port', 'abc'], '--port: invalid value "abc": use a whole number from 0 to 65535'],
  [['--port', '65536'], '--port: invalid value "65536": use a whole number from 0 to 65535'],
  [['--pods', '10001'], '--pods: invalid value "10001": use a whole number from 0 to 10000'],
  [['--pods=-1'], '--pods: invalid value "-1": use a whole number from 0 to 10000'],
  [['--latency', '1.5'], '--latency: invalid value "1.5": use a whole number from 0 to 60000'],
  [['--upgrade-delay', 'x'], '--upgrade-delay: invalid value "x": use a whole number from 0 to 60000'],
  [['--runtime', 'docker'], '--runtime: invalid value "docker": use containerd or socat'],
  [['--prefix', 'k8s'], '--prefix: invalid value "k8s": use a path such as /k8s/demo'],
  [['--kubernetes', 'new'], '--kubernetes: invalid value "new": use a version such as 1.32'],
  [['--color'], "Unknown option '--color'"],
  [['web'], "Unexpected argument 'web'"],
] as const) {
  test(`${given.join(' ')} is wrong usage, reported in one line`, async () => {
    assert.deepEqual(await run(...given), {
      status: 2,
      out: '',
      err: `${reason}\nSee npm run demo -- --help\n`,
    });
  });
}

test('--help prints the flags of the command, and the command exits with 0', async () => {
  const { status, out, err } = await run('--help');
  assert.deepEqual([status, err], [0, '']);
  for (const flag of ['--port', '--pods', '--latency', '--kubeconfig', '--prefix', '--kubernetes']) {
    assert.ok(out.includes(flag), flag);
  }
});

test('the command prints a kubeconfig and commands to try, and leaves nothing behind', async () => {
  const { status, out, err } = await run('--pods', '3', '--prefix', '/k8s/demo');
  assert.deepEqual([status, err], [0, '']);
  const path = /^Kubeconfig: (.+)$/m.exec(out)?.[1] ?? '';
  assert.match(out, /^Demo cluster at https:\/\/127\.0\.0\.1:\d+\/k8s\/demo with \d+ pods$/m);
  assert.ok(out.includes(`node cli.js --kubeconfig ${path} -n demo pod/web 8080:80\n`));
  assert.ok(out.includes(`kubectl --kubeconfig ${path} port-forward -n demo pod/web 8080:80\n`));
  assert.match(out, /Stopped\.\n$/);
  await assert.rejects(stat(path), { code: 'ENOENT' });
});

test('a port in use or an existing kubeconfig is reported in one line', async (t) => {
  const { server, kubeconfigPath } = await demoClusterFor(t);
  for (const [option, value, reason] of [
    [
      '--port',
      server.port,
      `port ${server.port} is in use: use another --port, or omit --port for any free port`,
    ],
    [
      '--kubeconfig',
      kubeconfigPath,
      `${kubeconfigPath} already exists: use --kubeconfig with the path of a new file`,
    ],
  ] as const) {
    assert.deepEqual(await run(option, value), { status: 1, out: '', err: `${reason}\n` });
  }
});
