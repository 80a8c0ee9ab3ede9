import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { before, test } from 'node:test';
import tls from 'node:tls';
import { isCoded } from '../../../src/base/errors.ts';
import { readTlsSettings } from '../../../src/kube/kubeconfig/tlsSettings.ts';
import { connect } from '../../../src/rest/connect.ts';
import type { Credentials } from '../../../src/rest/restConfig.ts';
import {
  type CertificateOptions,
  type IssuedCertificate,
  makeCertificate,
  NETSCAPE_CLIENT,
} from '../../support/certificateMaker.ts';
import { restConfigFor } from '../../support/restConfig.ts';

/** The certificates by name, with their issuers by name. Each refusal and trust was tested with kubectl 1.32. */
const PLAN: Readonly<Record<string, Omit<CertificateOptions, 'issuer'> & { readonly issuer?: string }>> = {
  root: { commonName: 'root', isAuthority: true },
  intermediate: { commonName: 'intermediate', isAuthority: true, issuer: 'root' },
  leaf: { commonName: 'leaf', issuer: 'intermediate' },
  direct: { commonName: 'direct', issuer: 'root' },
  formerRoot: { commonName: 'root', isAuthority: true },
  selfSigned: { commonName: 'self' },
  shortRoot: { commonName: 'short root', isAuthority: true, rsaBits: 1024 },
  underShortRoot: { commonName: 'server', issuer: 'shortRoot' },
  shortKey: { commonName: 'short key', issuer: 'root', rsaBits: 1024 },
  shortClient: { commonName: 'short client', issuer: 'root', rsaBits: 1024 },
  sha1: { commonName: 'sha1', issuer: 'root', hash: 'SHA-1' },
  expired: { commonName: 'expired', issuer: 'root', hasExpired: true },
  expiredIntermediate: { commonName: 'expired', isAuthority: true, issuer: 'root', hasExpired: true },
  underExpired: { commonName: 'server', issuer: 'expiredIntermediate' },
  underLeaf: { commonName: 'server', issuer: 'direct' },
  forClients: { commonName: 'clients', issuer: 'root', usage: 'client' },
  clientAuthority: { commonName: 'clients', isAuthority: true, issuer: 'root', usage: 'client' },
  underClientAuthority: { commonName: 'server', issuer: 'clientAuthority' },
  netscape: { commonName: 'netscape', issuer: 'root', extensions: [NETSCAPE_CLIENT] },
  commonNameOnly: { commonName: 'localhost', issuer: 'root', hasAlternativeNames: false },
};
const made = new Map<string, IssuedCertificate>();
before(async () => {
  for (const [name, { issuer, ...options }] of Object.entries(PLAN)) {
    made.set(
      name,
      await makeCertificate({ ...options, ...(issuer !== undefined && { issuer: certificate(issuer) }) }),
    );
  }
});

function certificate(name: string): IssuedCertificate {
  const found = made.get(name);
  assert.ok(found, name);
  return found;
}

const bundle = (...names: readonly string[]) => names.map((name) => certificate(name).certificate).join('\n');
const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

interface Handshake {
  /** The server's chain, its own certificate first. */
  readonly chain: readonly string[];
  /** The authorities of the kubeconfig. */
  readonly authorities: readonly string[];
  readonly client?: string;
  readonly serverName?: string;
  readonly isBroken?: boolean;
}

/** Connects `times` times as to an API server. Returns the number of full handshakes. */
async function handshake(
  { chain, authorities, client, serverName, isBroken = false }: Handshake,
  times = 1,
): Promise<number> {
  let count = 0;
  const [own = ''] = chain;
  const server = tls.createServer(
    { key: certificate(own).key, cert: bundle(...chain), ciphers: 'DEFAULT@SECLEVEL=0' },
    (socket) => socket.on('error', () => {}),
  );
  server.on('connection', () => {
    count += 1;
  });
  server.on('tlsClientError', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const url = new URL(`https://127.0.0.1:${port}`);
    const data = Buffer.from((isBroken ? BROKEN : '') + bundle(...authorities)).toString('base64');
    const settings = await readTlsSettings(
      { certificateAuthorityData: data, ...(serverName !== undefined && { tlsServerName: serverName }) },
      url.origin,
    );
    const config = restConfigFor(url, { tls: settings });
    const credentials: Credentials = client === undefined ? {} : { clientCertificate: certificate(client) };
    for (let time = 0; time < times; time++) {
      const socket = await connect(config, credentials, new AbortController().signal);
      socket.destroy();
    }
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  return count;
}

const trusted: readonly (readonly [string, Handshake])[] = [
  ['its root', { chain: ['leaf', 'intermediate'], authorities: ['root'] }],
  ['an intermediate alone', { chain: ['leaf'], authorities: ['intermediate'] }],
  [
    'an intermediate that the server sends too',
    { chain: ['leaf', 'intermediate'], authorities: ['intermediate'] },
  ],
  ['the server’s own certificate', { chain: ['leaf', 'intermediate'], authorities: ['leaf'] }],
  ['the server’s own self-signed certificate', { chain: ['selfSigned'], authorities: ['selfSigned'] }],
  [
    'an old and a new root of one name, old first',
    { chain: ['direct'], authorities: ['formerRoot', 'root'] },
  ],
  [
    'an old and a new root of one name, new first',
    { chain: ['direct'], authorities: ['root', 'formerRoot'] },
  ],
  [
    'an old and a new root of one name, old first, with an intermediate',
    { chain: ['leaf', 'intermediate'], authorities: ['formerRoot', 'root', 'selfSigned'] },
  ],
  ['a root with an RSA key of 1024 bits', { chain: ['underShortRoot'], authorities: ['shortRoot'] }],
  ['a root, for a server with an RSA key of 1024 bits', { chain: ['shortKey'], authorities: ['root'] }],
  [
    'a root, for a client with an RSA key of 1024 bits',
    { chain: ['direct'], authorities: ['root'], client: 'shortClient' },
  ],
  [
    'two roots of one name, for a server with a short key',
    { chain: ['shortKey'], authorities: ['formerRoot', 'root'] },
  ],
  [
    'a root in a bundle with a broken certificate',
    { chain: ['direct'], authorities: ['root'], isBroken: true },
  ],
];

for (const [name, how] of trusted) {
  test(`a server is trusted by ${name}`, async () => {
    await handshake(how);
  });
}

const refused: readonly (readonly [string, Handshake, RegExp])[] = [
  [
    'another root of the same name',
    { chain: ['direct'], authorities: ['formerRoot'] },
    /a different authority with the same name/,
  ],
  [
    'an authority that did not issue it',
    { chain: ['direct'], authorities: ['selfSigned'] },
    /an authority that is not trusted/,
  ],
  [
    'a self-signed certificate that is not named',
    { chain: ['selfSigned'], authorities: ['root'] },
    /is self-signed and not trusted/,
  ],
  ['a SHA-1 signature', { chain: ['sha1'], authorities: ['root'] }, /digest algorithm too weak/],
  ['a time that is over', { chain: ['expired'], authorities: ['root'] }, /has expired/],
  [
    'a time that is over, behind an old root of the same name',
    { chain: ['expired'], authorities: ['formerRoot', 'root'] },
    /has expired/,
  ],
  [
    'an intermediate whose time is over as authority',
    { chain: ['underExpired'], authorities: ['expiredIntermediate'] },
    /has expired/,
  ],
  ['an issuer that is no authority', { chain: ['underLeaf'], authorities: ['direct'] }, /not for servers/],
  [
    'an issuer in between that is no authority',
    { chain: ['underLeaf', 'direct'], authorities: ['root'] },
    /not for servers/,
  ],
  ['a usage for clients', { chain: ['forClients'], authorities: ['root'] }, /not for servers/],
  [
    'an authority for clients',
    { chain: ['underClientAuthority'], authorities: ['clientAuthority'] },
    /not for servers/,
  ],
  ['a Netscape type for clients', { chain: ['netscape'], authorities: ['root'] }, /nsCertType/],
  [
    'a common name only',
    { chain: ['commonNameOnly'], authorities: ['root'], serverName: 'localhost' },
    /only a common name/,
  ],
  [
    'a common name only, although it is named itself',
    { chain: ['commonNameOnly'], authorities: ['commonNameOnly'], serverName: 'localhost' },
    /only a common name/,
  ],
  ['another host', { chain: ['direct'], authorities: ['root'], serverName: 'other.example' }, /altnames/],
];

for (const [name, how, reason] of refused) {
  test(`a server is refused for ${name}`, async () => {
    await assert.rejects(handshake(how), (error) => {
      assert.ok(isCoded(error, 'TLS'), String(error));
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /Node\.js|use-system-ca/);
      return true;
    });
  });
}

test('the trust that worked for a server is remembered for its next connections', async () => {
  assert.equal(await handshake({ chain: ['direct'], authorities: ['formerRoot', 'root'] }, 3), 5);
  assert.equal(await handshake({ chain: ['shortKey'], authorities: ['root'] }, 3), 4);
  assert.equal(await handshake({ chain: ['direct'], authorities: ['root'] }, 3), 3);
});
