import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { RequestContext } from '@kubernetes/client-node';
import { systemClock } from '../../../src/base/async.ts';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/entry.ts';
import { TARGET_KINDS } from '../../../src/kinds/targetKinds.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { type Cluster, connectCluster } from '../../../src/kube/cluster/cluster.ts';
import { listAndWatch } from '../../../src/kube/cluster/listAndWatch.ts';
import { listPages } from '../../../src/kube/cluster/pagedList.ts';
import { resourceOf } from '../../../src/kube/cluster/resources.ts';
import { askVersion } from '../../../src/kube/cluster/serverVersion.ts';
import type { RestConfig } from '../../../src/rest/restConfig.ts';
import { isStatus } from '../../../src/rest/statusError.ts';
import { demoForwardFor, demoRestConfig } from '../../support/demoForward.ts';
import { DemoSession } from '../../support/demoSession.ts';
import { startHttpProxy } from '../../support/httpProxy.ts';
import { KUBECTL_SKIP } from '../../support/kubectl.ts';
import { never } from '../../support/never.ts';
import { restConfigFor } from '../../support/restConfig.ts';
import { get } from '../../support/tcpClient.ts';

const LARGE = 501;

/** How to connect to the demo cluster. `end` ends a proxy that was started for this. */
interface Way {
  readonly config: RestConfig;
  readonly end?: () => Promise<void>;
}

const WAYS: Readonly<
  Record<
    string,
    { readonly pathPrefix?: string; readonly skip?: string | false; open(demo: DemoCluster): Promise<Way> }
  >
> = {
  'on a direct connection': { open: (demo) => Promise.resolve({ config: demoRestConfig(demo) }) },
  'below a path prefix': {
    pathPrefix: '/k8s/clusters/demo',
    open: (demo) => Promise.resolve({ config: demoRestConfig(demo) }),
  },
  'behind an HTTP proxy': {
    async open(demo) {
      const server = await startHttpProxy();
      return {
        config: { ...demoRestConfig(demo), proxy: server.url('http') },
        end: () => server[Symbol.asyncDispose](),
      };
    },
  },
  'behind kubectl proxy': { skip: KUBECTL_SKIP, open: startKubectlProxy },
};

for (const [name, way] of Object.entries(WAYS)) {
  describe(`API calls ${name}`, { skip: way.skip ?? false }, () => {
    let demo: DemoCluster;
    let opened: Way;
    let cluster: Cluster;
    before(async () => {
      demo = await startDemoCluster({
        largePods: LARGE,
        ...(way.pathPrefix !== undefined && { pathPrefix: way.pathPrefix }),
      });
      opened = await way.open(demo);
      cluster = connectCluster(opened.config);
    });
    after(async () => {
      cluster.dispose();
      await opened.end?.();
      await demo.dispose();
    });

    test('get an object, a list in pages and a watch', async () => {
      assert.equal((await cluster.get('pods', 'demo', 'web', never)).metadata.name, 'web');
      assert.equal(await countLarge(cluster), LARGE);
      const namespace = { namespace: 'staging', labelSelector: 'app=web' };
      for await (const change of listAndWatch(cluster, 'pods', namespace, never)) {
        if (change.type === 'removed') break;
        const [first] = change.type === 'listed' ? change.items : [];
        if (first !== undefined) demo.pods.delete('staging', first.metadata.name);
      }
    });

    test('are repeated after a 429 with Retry-After', async () => {
      demo.faults.add({ type: 'answer', status: 429, retryAfterSeconds: 0, times: 2, verb: 'get' });
      assert.equal((await cluster.get('pods', 'demo', 'web', never)).metadata.name, 'web');
      assert.deepEqual(demo.faults.list(), []);
    });

    test('begin a list of all pages again after a 410 between two pages, which throws for a single page', async () => {
      const query = { namespace: 'large', limit: 500 };
      const page = await cluster.listPage('pods', query, never);
      demo.faults.expireResourceVersions();
      await assert.rejects(cluster.listPage('pods', { ...query, continue: page.continue }, never), (error) =>
        isStatus(error, 410),
      );
      let pages = 0;
      const expiring: Cluster = {
        ...cluster,
        listPage: async (...parameters) => {
          const answer = await cluster.listPage(...parameters);
          if (pages++ === 0) demo.faults.expireResourceVersions();
          return answer;
        },
      };
      assert.equal(await countLarge(expiring), LARGE);
      assert.equal(pages, 2);
    });

    test('throw the status of a watch that ends with an ERROR event', async () => {
      const { resourceVersion } = await cluster.listPage('pods', { namespace: 'demo' }, never);
      demo.faults.expireResourceVersions();
      const watch = cluster.watch('pods', { namespace: 'demo', resourceVersion }, never);
      await assert.rejects(watch.next(), (error) => isStatus(error, 410));
    });
  });
}

async function countLarge(cluster: Cluster): Promise<number> {
  return (await listPages(cluster, 'pods', { namespace: 'large' }, never, (object) => object)).items.length;
}

test('are all composed by client-node, except upgrades', async (t) => {
  const demo = await startDemoCluster();
  t.after(() => demo.dispose());
  const composed: string[] = [];
  const { getUrl } = RequestContext.prototype;
  t.mock.method(RequestContext.prototype, 'getUrl', function (this: RequestContext) {
    const { pathname, search } = new URL(getUrl.call(this));
    composed.push(`${this.getHttpMethod()} ${pathname}${search}`);
    return getUrl.call(this);
  });

  const cluster = connectCluster(demoRestConfig(demo));
  t.after(() => cluster.dispose());
  for (const kind of TARGET_KINDS) {
    await cluster.listPage(resourceOf(kind), { namespace: 'demo' }, never).catch(() => {});
    await cluster.get(resourceOf(kind), 'demo', 'web', never).catch(() => {});
  }
  await askVersion(demoRestConfig(demo), never, systemClock);
  for (const transport of TRANSPORTS) {
    const forward = await demoForwardFor(t, demo, { podName: 'web', remotePorts: [80], transport });
    assert.equal((await get(forward.port(), '/healthz')).status, 200);
  }
  for (const target of ['pod/web', 'service/web', 'deployment/web']) {
    const session = new DemoSession(t, demo, target, 80);
    await session.until(({ type }) => type === 'ready');
    await session.close();
  }

  const isUpgrade = ({ resource }: { readonly resource: string }) => resource === 'pods/portforward';
  const { audit } = demo.faults.activity;
  const calls = audit.filter((entry) => !isUpgrade(entry));
  assert.ok(audit.some(isUpgrade));
  assert.deepEqual(new Set(calls.map(({ verb }) => verb)), new Set(['get', 'list', 'watch', '']));
  const paths = new Set(calls.map(({ path }) => path));
  assert.ok(paths.has('/version'));
  for (const { method, path } of calls) {
    const index = composed.indexOf(`${method} ${path}`);
    assert.ok(index >= 0, `${method} ${path}`);
    composed.splice(index, 1);
  }
});

/** Starts a real `kubectl proxy` on a free port. The proxy serves plain HTTP, and adds the kubeconfig's credentials. */
async function startKubectlProxy(demo: DemoCluster): Promise<Way> {
  const child: ChildProcess = spawn('kubectl', ['proxy', '--port=0', '--kubeconfig', demo.kubeconfigPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  assert.ok(child.stdout);
  for await (const line of createInterface(child.stdout)) {
    const port = /^Starting to serve on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    return {
      config: restConfigFor(new URL(`http://127.0.0.1:${port}`)),
      end: async () => {
        child.kill();
        await exited;
      },
    };
  }
  throw new Error('kubectl proxy ended before it served');
}
