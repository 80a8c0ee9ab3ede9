import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { demoClusterFor } from '../../support/demoForward.ts';
import { podManifest, serviceManifest, workloadManifest } from '../../support/demoManifests.ts';
import { endProcess, KUBECTL_SKIP, Kubectl, OutputLines } from '../../support/kubectl.ts';
import { exchange, get } from '../../support/tcpClient.ts';

const cluster = await demoClusterFor({ after }, { largePods: 700 });
const program = new Kubectl(cluster);

describe('kubectl against the demo cluster', { skip: KUBECTL_SKIP }, () => {
  const kubectl = (...args: string[]): Promise<string> => program.run(args);

  test('lists pods of all namespaces as paged tables', async () => {
    const lines = (await kubectl('get', 'pods', '-A')).trim().split('\n');
    assert.match(lines[0] ?? '', /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE$/);
    assert.equal(lines.filter((line) => line.startsWith('large ')).length, 700);
    assert.ok(lines.some((line) => /^demo +crashing +0\/1 +CrashLoopBackOff +7 /.test(line)));
  });

  test('gets everything in a namespace, also as JSON', async () => {
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

  test('shows the rights of a user', async () => {
    const canForward = (verb: string, user: string) =>
      kubectl('auth', 'can-i', verb, 'pods', '--subresource=portforward', '--context', user).catch(
        (error: { stdout: string }) => error.stdout,
      );
    assert.equal(await canForward('create', 'demo-developer'), 'yes\n');
    assert.equal(await canForward('create', 'demo-getonly'), 'no\n');
    const rights = await kubectl('auth', 'can-i', '--list', '--context', 'demo-getonly');
    assert.match(rights, /pods\/portforward +\[\] +\[\] +\[get\]/);
    const refusal =
      /User "demo-viewer" cannot list resource "namespaces" in API group "" at the cluster scope/;
    await assert.rejects(kubectl('get', 'namespaces', '--context', 'demo-viewer'), refusal);
  });

  test('watches while a pod is deleted and replaced', async (t) => {
    const watching = program.start(['get', 'pods', '-l', 'app=web', '-w']);
    t.after(() => endProcess(watching));
    const lines = new OutputLines(watching);
    const [name = ''] = (await lines.next(/^web-\S+ +1\/1 +Running/)).split(' ');
    await lines.next(/^web-\S+ +1\/1 +Running/);
    const deleted = kubectl('delete', 'pod', name);
    await lines.next(new RegExp(`^${name} +1/1 +Terminating`));
    await lines.next(/^web-\S+ +0\/1 +Pending/);
    await lines.next(/^web-\S+ +0\/1 +ContainerCreating/);
    await lines.next(/^web-\S+ +1\/1 +Running/);
    assert.equal(await deleted, `pod "${name}" deleted\n`);
  });

  test('scales and restarts a deployment', async () => {
    const inStaging = (...args: string[]) => kubectl(...args, '-n', 'staging');
    const status = () => inStaging('rollout', 'status', 'deployment', 'api');
    const scaled = await inStaging('scale', 'deployment', 'api', '--replicas=3');
    assert.equal(scaled, 'deployment.apps/api scaled\n');
    assert.match(await status(), /successfully rolled out/);
    await inStaging('rollout', 'restart', 'deployment', 'api');
    assert.match(await status(), /successfully rolled out/);
  });

  test('creates, applies, replaces, patches and deletes, and is refused as by a real server', async () => {
    const pod = podManifest('made');
    const service = serviceManifest('made');
    const create = (...manifests: readonly object[]) => program.run(['create', '-f', '-'], ...manifests);
    assert.equal(await create(pod, service), 'pod/made created\nservice/made created\n');
    await assert.rejects(create(pod), /pods "made" already exists/);
    const elsewhere = program.run(['create', '-n', 'nope', '-f', '-'], pod);
    await assert.rejects(elsewhere, /namespaces "nope" not found/);
    await assert.rejects(create({ ...podManifest('empty'), spec: {} }), /The Pod "empty" is invalid/);
    for (const change of [
      { selector: null },
      { selector: { matchLabels: { app: 'another' } } },
      { template: {} },
      { template: { metadata: { labels: { app: 'odd' } }, spec: { containers: [null] } } },
    ]) {
      const { spec, ...deployment } = workloadManifest('Deployment', 'odd') as { spec: object };
      const odd = { ...deployment, spec: { ...spec, ...change } };
      await assert.rejects(create(odd), /The Deployment "odd" is invalid/);
    }
    await kubectl('wait', '--for=condition=Ready', 'pod/made');
    const changed = serviceManifest('made', 'other', 'echo');
    assert.equal(await program.run(['replace', '-f', '-'], changed), 'service/made replaced\n');
    await kubectl('patch', 'service', 'made', '--patch', '{"spec":{"selector":{"tier":"x"}}}');
    const read = JSON.parse(await kubectl('get', 'service', 'made', '-o', 'json')) as {
      spec: { selector: object; ports: object[] };
    };
    assert.deepEqual(read.spec.selector, { app: 'other', tier: 'x' });
    assert.deepEqual(read.spec.ports, [{ port: 7, protocol: 'TCP', targetPort: 'echo' }]);
    await kubectl('patch', 'service', 'made', '--type=merge', '--patch', '{"spec":{"ports":[{"port":8}]}}');
    assert.equal(await kubectl('get', 'service', 'made', '-o', 'jsonpath={.spec.ports[*].port}'), '8');
    const deleted = await kubectl('delete', 'pod/made', 'service/made');
    assert.equal(deleted, 'pod "made" deleted\nservice "made" deleted\n');
    await assert.rejects(kubectl('delete', 'service', 'made'), /services "made" not found/);
  });

  for (const [name, isWebSocket] of [
    ['WebSocket', true],
    ['SPDY', false],
  ] as const) {
    const variables = { KUBECTL_PORT_FORWARD_WEBSOCKETS: String(isWebSocket) };
    const transport = isWebSocket ? 'websocket' : 'spdy';

    test(`forwards a port of a service by ${name}`, async () => {
      const before = cluster.activity.current.openedTunnels[transport];
      await using forward = await program.portForward('service/web', 80, variables);
      const pages = await Promise.all([1, 2, 3].map(() => get(forward.port, '/api/pod')));
      for (const { body } of pages) {
        const { pod, port } = JSON.parse(body) as { pod: string; port: number };
        assert.match(pod, /^web-/);
        assert.equal(port, 8080);
      }
      assert.equal((await get(forward.port, '/bytes?n=5000000')).body.length, 5_000_000);
      assert.equal(cluster.activity.current.openedTunnels[transport], before + 1);
    });

    test(`passes a half-close on by ${name}`, async () => {
      await using forward = await program.portForward('pod/echo', 7, variables);
      assert.equal(await exchange(forward.port, 'all of it'), 'all of it');
    });

    test(`ends the forward for a refused port by ${name}, with the server's words`, async () => {
      await using forward = await program.portForward('pod/web', 9999, variables);
      const failed = new OutputLines(forward.child, 'stderr').next(/connection refused/);
      await assert.rejects(get(forward.port, '/'));
      assert.match(
        await failed,
        /error forwarding port 9999 to pod [0-9a-f]{64}, uid : failed to execute portforward/,
      );
    });
  }
});
