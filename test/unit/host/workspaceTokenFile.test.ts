import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import { isCoded } from '../../../src/base/errors.ts';
import { contextsOf } from '../../../src/host/contextList.ts';
import { KubeAccess } from '../../../src/host/kubeAccess.ts';
import type { PluginTerms } from '../../../src/rpc/clustersContract.ts';
import { coded } from '../../support/coded.ts';
import type { TestEnd } from '../../support/demoForward.ts';
import { never } from '../../support/never.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';
import { testAuthority } from '../../support/testCertificates.ts';

const SECRET = 'planted-secret-token';

/** Starts an API server that records the `Authorization` header of each request and answers every request with 401. */
async function startRecorder(t: TestEnd) {
  const authority = await testAuthority();
  const { certificate: cert, key } = await authority.issueServer([], ['127.0.0.1']);
  const headers: (string | undefined)[] = [];
  const server = https.createServer({ cert, key }, ({ headers: { authorization } }, response) => {
    headers.push(authorization);
    response.writeHead(401).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const data = Buffer.from(authority.certificate).toString('base64');
  const { port } = server.address() as AddressInfo;
  return {
    headers,
    cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': data },
  };
}

/** Returns access to a kubeconfig in a workspace. Its user has a token file that is outside the workspace. */
async function workspaceFor(t: TestEnd, user: (secretFile: string) => object) {
  const recorder = await startRecorder(t);
  const parent = await temporaryFolder(t);
  const folder = join(parent, 'workspace');
  await mkdir(folder);
  const secretFile = join(parent, 'secret');
  await writeFile(secretFile, SECRET);
  const kubeconfig = join(folder, 'kubeconfig');
  const write = (cluster: object = recorder.cluster) =>
    writeFile(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'dev', cluster }],
        users: [{ name: 'dev', user: user(secretFile) }],
        contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'dev' } }],
      }),
    );
  await write();
  const access = new KubeAccess({ environment: {}, onPluginOutput: () => {}, clock: systemClock });
  t.after(() => access.dispose());
  /** Lists namespaces, so that the host sends its credentials. Returns the error. */
  const use = async (plugins?: PluginTerms): Promise<unknown> => {
    try {
      const reference = { kubeconfig, context: 'dev', ...(plugins && { plugins }) };
      const { cluster } = await access.connect(reference, never);
      return await cluster.listPage('namespaces', { limit: 1 }, never);
    } catch (error) {
      return error;
    }
  };
  const identity = async () => {
    const { contexts } = await contextsOf(access, [kubeconfig]);
    return contexts.find((row) => row.kubeconfig === kubeconfig)?.identity ?? '';
  };
  return { ...recorder, folder, secretFile, use, identity, write };
}

test('a token file that a kubeconfig of the workspace names is not sent until it is allowed', async (t) => {
  const { folder, secretFile, headers, use, identity } = await workspaceFor(t, (tokenFile) => ({
    tokenFile,
  }));
  const refused = await use({ folders: [folder], named: [] });
  coded('TOKEN_FILE_NOT_ALLOWED', { context: 'dev', file: secretFile }, SECRET)(refused);
  assert.deepEqual(headers, []);
  const allowed = await use({ folders: [folder], named: [], allowed: await identity() });
  assert.ok(isCoded(allowed, 'UNAUTHORIZED'), String(allowed));
  assert.ok(headers.length > 0 && headers.every((header) => header === `Bearer ${SECRET}`));
});

// A file in the workspace may be a link to another file, or a secret of the user that Git ignores.
test('a token file in the workspace itself is not sent until it is allowed', async (t) => {
  const { folder, headers, use } = await workspaceFor(t, () => ({ tokenFile: 'token' }));
  await writeFile(join(folder, 'token'), SECRET);
  coded('TOKEN_FILE_NOT_ALLOWED')(await use({ folders: [folder], named: [] }));
  assert.deepEqual(headers, []);
});

test('the permission for a token file ends when the kubeconfig names another server', async (t) => {
  const { folder, headers, use, identity, write } = await workspaceFor(t, (tokenFile) => ({ tokenFile }));
  const terms = { folders: [folder], named: [], allowed: await identity() };
  const other = await startRecorder(t);
  await write(other.cluster);
  coded('TOKEN_FILE_NOT_ALLOWED')(await use(terms));
  assert.deepEqual([...headers, ...other.headers], []);
});

test('a token file is asked about even if the user of the kubeconfig also has a plugin or a token', async (t) => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: './never-runs',
    interactiveMode: 'Never',
  };
  for (const more of [{ exec }, { token: 'harmless' }]) {
    const { folder, headers, use } = await workspaceFor(t, (tokenFile) => ({ tokenFile, ...more }));
    coded('TOKEN_FILE_NOT_ALLOWED')(await use({ folders: [folder], named: [] }));
    assert.deepEqual(headers, []);
  }
});

test('a token file of a kubeconfig outside the workspace is sent without a question, as by kubectl', async (t) => {
  const { folder, headers, use } = await workspaceFor(t, (tokenFile) => ({ tokenFile }));
  for (const terms of [undefined, { folders: [join(folder, 'elsewhere')], named: [] }]) {
    headers.length = 0;
    assert.ok(isCoded(await use(terms), 'UNAUTHORIZED'));
    assert.ok(headers.includes(`Bearer ${SECRET}`));
  }
});
