import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { after, describe, test } from 'node:test';
import { AppsV1Api, CoreV1Api, KubeConfig, PortForward, Watch } from '@kubernetes/client-node';
import { demoClusterFor } from '../../support/demoForward.ts';

const cluster = await demoClusterFor({ after });
const config = new KubeConfig();
config.loadFromFile(cluster.kubeconfigPath);

describe('@kubernetes/client-node against the demo cluster', () => {
  test('lists, also as the user with a client certificate', async () => {
    const pods = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'demo', limit: 3 });
    assert.equal(pods.items.length, 3);
    assert.equal(pods.items[0]?.status?.phase, 'Running');
    const withCertificate = new KubeConfig();
    withCertificate.loadFromFile(cluster.kubeconfigPath);
    withCertificate.setCurrentContext('demo-certificate');
    const deployments = await withCertificate
      .makeApiClient(AppsV1Api)
      .listNamespacedDeployment({ namespace: 'demo' });
    assert.deepEqual(
      deployments.items.map(({ metadata, status }) => [metadata?.name, status?.readyReplicas]),
      [['web', 2]],
    );
    assert.equal(cluster.activity.audit.at(-1)?.user, 'demo-certificate');
  });

  test('watches', async () => {
    const seen: string[] = [];
    const watched = await new Promise<AbortController>((resolve, reject) => {
      const path = '/api/v1/namespaces/demo/pods';
      const started = new Watch(config).watch(
        path,
        { labelSelector: 'app=greeter' },
        (type: string, pod: { metadata: { name: string } }) => {
          seen.push(`${type} ${pod.metadata.name}`);
          if (seen.length === 1) cluster.pods.setReady('demo', 'greeter', false);
          else started.then(resolve, reject);
        },
        () => {},
      );
      started.catch(reject);
    });
    watched.abort();
    assert.deepEqual(seen, ['ADDED greeter', 'MODIFIED greeter']);
  });

  test('forwards a port over v4 channels', async () => {
    const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const forward = new PortForward(config, false);
    const webSocket = await forward.portForward('demo', 'echo', [7], output, errors, input);
    assert.ok(!(typeof webSocket === 'function'));
    const received = once(output, 'data');
    input.write('hello through a channel');
    assert.equal(String((await received)[0]), 'hello through a channel');
    assert.equal(cluster.activity.current.openedTunnels.channel, 1);
    webSocket?.close();
    await cluster.activity.until(
      ({ openTunnels, openPodConnections }) => openTunnels === 0 && openPodConnections === 0,
      AbortSignal.timeout(5_000),
    );
  });

  test('gets the reason of a failed connection over v4 channels', async () => {
    const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
    await new PortForward(config, false).portForward('demo', 'echo', [9999], output, errors, input);
    const [text] = (await once(errors, 'data')) as [Buffer];
    assert.match(text.toString(), /connection refused/);
  });
});
