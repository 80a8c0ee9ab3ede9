import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { PROGRAMS } from '../../../scripts/build.ts';
import { LEAN_CLIENT } from '../../../scripts/leanClient.ts';
import { KINDS } from '../../../src/kinds/targetKinds.ts';
import * as apiCalls from '../../../src/kube/cluster/apiCalls.ts';
import type { ApiRequest, SendRequest } from '../../../src/kube/cluster/apiClients.ts';
import { OBJECT_SHAPES } from '../../../src/kube/cluster/objectShapes.ts';
import type { Resource } from '../../../src/kube/cluster/resources.ts';

/** How much code of client-node a bundle may contain. The whole of client-node has 1.9 MB. Bytes. */
const LIMIT = 110_000;
const CLIENT_NODE = 'node_modules/@kubernetes/client-node/dist';

const folder = mkdtempSync(join('dist', 'lean-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the programs contain the generated clients of client-node, but neither undici nor a model class', async () => {
  const entryPoints = ['src/cli.ts', 'src/host.ts', 'src/library.ts'];
  const { metafile } = await build({ ...PROGRAMS, entryPoints, outdir: folder, write: false });
  const sizes = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0) sizes.set(path, (sizes.get(path) ?? 0) + bytesInOutput);
    }
  }
  const paths = [...sizes.keys()];
  assert.ok(paths.includes(`${CLIENT_NODE}/gen/apis/CoreV1Api.js`));
  assert.deepEqual(
    paths.filter((path) => /node_modules\/undici\/|client-node\/dist\/(gen\/models\/|[^/]+$)/.test(path)),
    [],
  );
  const ofClientNode = paths.filter((path) => path.startsWith(CLIENT_NODE));
  const total = ofClientNode.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
  assert.ok(total < LIMIT, `${total} bytes of client-node`);
});

test('each call of the bundle makes the same request as the unbundled call', async () => {
  await build({ ...PROGRAMS, entryPoints: ['src/kube/cluster/apiCalls.ts'], outdir: folder });
  const bundled: typeof apiCalls = await import(pathToFileURL(join(folder, 'apiCalls.js')).href);
  const request: SendRequest<ApiRequest> = (each) => Promise.resolve(each);
  const query = {
    labelSelector: 'a in (b)',
    fieldSelector: 'c=d',
    limit: 500,
    _continue: 'e&f',
    watch: true,
  };
  const requestsOf = (calls: typeof apiCalls): Promise<ApiRequest[]> =>
    Promise.all([
      ...(Object.keys(OBJECT_SHAPES) as Resource[]).flatMap((resource) => [
        calls.callList(resource, undefined, query, request),
        calls.callList(resource, 'demo', query, request),
        calls.callRead(resource, 'demo', 'web', request),
      ]),
      calls.callDiscovery(KINDS.rollout, request),
      calls.callVersion(request),
    ]);
  assert.deepEqual(await requestsOf(bundled), await requestsOf(apiCalls));
});

test('code that is left out of the bundle throws when called', async () => {
  const outfile = join(folder, 'stack.mjs');
  await build({
    stdin: {
      contents: `
        import { CoreV1Api, createConfiguration, ServerConfiguration } from '@kubernetes/client-node';
        const baseServer = new ServerConfiguration('http://127.0.0.1:9', {});
        export const ownStack = new CoreV1Api(createConfiguration({ baseServer }));
        const response = { httpStatusCode: 200, headers: {}, body: { text: async () => '{}' } };
        const httpApi = { send: () => ({ toPromise: async () => response }) };
        export const ownModels = new CoreV1Api(createConfiguration({ baseServer, httpApi }));`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [LEAN_CLIENT],
    outfile,
  });
  const { ownStack, ownModels } = await import(pathToFileURL(outfile).href);
  await assert.rejects(ownStack.listNamespace({}), /undici is not in this bundle/);
  await assert.rejects(
    ownModels.listNamespace({}),
    /responseProcessor\.listNamespaceWithHttpInfo is not a function/,
  );
  // The program never changes objects in a cluster, so the bundle needs no calls for that.
  assert.equal(ownStack.deleteNamespacedPod, undefined);
  assert.equal(ownStack.createNamespacedPod, undefined);
});
