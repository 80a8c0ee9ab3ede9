import assert from 'node:assert/strict';
import { delimiter, relative } from 'node:path';
import { test } from 'node:test';
import { listContexts } from '../../../src/rpc/clustersContract.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { HostBench } from '../../support/hostClients.ts';

test("relative paths of a client are resolved in the client's working folder", async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const here = relative(process.cwd(), demo.kubeconfigPath);
  assert.match(here, /^\.\./);
  const KUBECONFIG = [here, '', 'missing'].join(delimiter);
  const byVariable = await bench.client({ environment: { HOME: bench.folder, KUBECONFIG } });
  const { contexts } = await byVariable.request(listContexts);
  assert.equal(contexts.find(({ isCurrent }) => isCurrent)?.context, 'demo-admin');
  const byPath = await bench.client({ files: [here] });
  const listed = await byPath.request(listContexts);
  assert.equal(listed.contexts[0]?.kubeconfig, demo.kubeconfigPath);
});
