import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
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
  await writeFile(join(parent, 'secret'), SECRET);
  const secretFile = await realpath(join(parent, 'secret'));
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
  const row = async () => {
    const { contexts } = await contextsOf(access, [kubeconfig]);
    return contexts.find((candidate) => candidate.kubeconfig === kubeconfig);
  };
  const identity = async () => (await row())?.identity ?? '';
  return { ...recorder, access, kubeconfig, folder, secretFile, use, row, identity, write };
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

for (const [before, after] of [
  ['token', 'tokenFile'],
  ['tokenFile', 'token'],
] as const) {
  test(`a change of the user in a workspace's kubeconfig from ${before} to ${after} replaces the connection`, async (t) => {
    let field: 'token' | 'tokenFile' = before;
    const { access, folder, headers, use, identity, write } = await workspaceFor(t, (secretFile) =>
      field === 'token' ? { token: 'in-the-kubeconfig' } : { tokenFile: secretFile },
    );
    const terms = async () => ({ folders: [folder], named: [], allowed: await identity() });
    let replaced = 0;
    access.onDidReplace(() => replaced++);
    await use(await terms());
    field = after;
    await write();
    headers.length = 0;
    await use(await terms());
    assert.equal(replaced, 1);
    assert.deepEqual(
      new Set(headers),
      new Set([`Bearer ${after === 'token' ? 'in-the-kubeconfig' : SECRET}`]),
    );
  });
}

// On Windows, most users may not create symbolic links.
const skip = process.platform === 'win32';

/** Like {@link workspaceFor}, but with a token file in the workspace that the returned function replaces by a link. */
async function workspaceWithToken(t: TestEnd) {
  const workspace = await workspaceFor(t, () => ({ tokenFile: 'token' }));
  const token = join(workspace.folder, 'token');
  await writeFile(token, 'harmless');
  const replaceByLink = async () => {
    await rm(token);
    await symlink(workspace.secretFile, token);
  };
  return { ...workspace, replaceByLink };
}

test('the question about a token file that is a link names the file that is read', { skip }, async (t) => {
  const { row, secretFile, replaceByLink } = await workspaceWithToken(t);
  const before = await row();
  await replaceByLink();
  const after = await row();
  assert.equal(after?.tokenFile, secretFile);
  assert.notEqual(after?.identity, before?.identity);
});

test('the permission for a token file ends when a link replaces the file', { skip }, async (t) => {
  const { folder, headers, use, identity, secretFile, replaceByLink } = await workspaceWithToken(t);
  const terms = { folders: [folder], named: [], allowed: await identity() };
  assert.ok(isCoded(await use(terms), 'UNAUTHORIZED'));
  await replaceByLink();
  coded('TOKEN_FILE_NOT_ALLOWED', { context: 'dev', file: secretFile }, SECRET)(await use(terms));
  assert.ok(!headers.includes(`Bearer ${SECRET}`));
  assert.ok(isCoded(await use({ ...terms, allowed: await identity() }), 'UNAUTHORIZED'));
  assert.ok(headers.includes(`Bearer ${SECRET}`));
});

test('an open connection does not send the target of a link that replaces the token file', {
  skip,
}, async (t) => {
  const { access, kubeconfig, folder, headers, use, identity, replaceByLink } = await workspaceWithToken(t);
  const plugins = { folders: [folder], named: [], allowed: await identity() };
  // Another window that sends no permission, because the kubeconfig does not belong to its workspace, uses the file
  // too.
  assert.ok(isCoded(await use(), 'UNAUTHORIZED'));
  const { cluster } = await access.connect({ kubeconfig, context: 'dev', plugins }, never);
  const list = () => cluster.listPage('namespaces', { limit: 1 }, never);
  await assert.rejects(list(), coded('UNAUTHORIZED'));
  await replaceByLink();
  await assert.rejects(list(), coded('TOKEN_FILE_NOT_ALLOWED'));
  assert.ok(headers.length > 0 && headers.every((header) => header === 'Bearer harmless'));
});

test('a window in whose workspace the kubeconfig is, and a terminal, do not replace the connection of each other', async (t) => {
  const { access, kubeconfig, folder, identity } = await workspaceFor(t, (tokenFile) => ({ tokenFile }));
  let replaced = 0;
  const subscription = access.onDidReplace(() => replaced++);
  t.after(() => subscription.dispose());
  const plugins = { folders: [folder], named: [], allowed: await identity() };
  const [terminal, window] = [
    { kubeconfig, context: 'dev' },
    { kubeconfig, context: 'dev', plugins },
  ];
  for (const reference of [terminal, window, terminal, window]) await access.connect(reference, never);
  assert.equal(replaced, 0);
});

test('a token file outside the workspace may be a link that changes, as in a pod', { skip }, async (t) => {
  const { folder, headers, use, replaceByLink } = await workspaceWithToken(t);
  const terms = { folders: [join(folder, 'elsewhere')], named: [] };
  assert.ok(isCoded(await use(terms), 'UNAUTHORIZED'));
  await replaceByLink();
  assert.ok(isCoded(await use(terms), 'UNAUTHORIZED'));
  assert.ok(headers.includes(`Bearer ${SECRET}`));
});

test('a kubeconfig of the workspace needs no permission for a server without TLS, which gets no token', async (t) => {
  const { folder, headers, cluster, use, row, write } = await workspaceFor(t, (tokenFile) => ({ tokenFile }));
  const server = http.createServer(({ headers: { authorization } }, response) => {
    headers.push(authorization);
    response.writeHead(401).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  await write({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  assert.equal((await row())?.tokenFile, undefined);
  const terms = { folders: [folder], named: [] };
  assert.ok(isCoded(await use(terms), 'UNAUTHORIZED'));
  assert.ok(headers.length > 0 && headers.every((header) => header === undefined));
  await write(cluster);
  coded('TOKEN_FILE_NOT_ALLOWED')(await use(terms));
});
