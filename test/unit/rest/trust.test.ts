import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { before, test } from 'node:test';
import tls from 'node:tls';
import { defined } from '../../../src/base/defined.ts';
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
import { coded } from '../../support/coded.ts';
import { restConfigFor } from '../../support/restConfig.ts';

/**
 * The options of each certificate, by its name. `issuer` is the name of another certificate. kubectl 1.32 was run with
 * the same certificates: it trusts and refuses the same servers as the tests below expect.
 */
const PLAN: Readonly<Record<string, Omit<CertificateOptions, 'issuer'> & { readonly issuer?: string }>> = {
  root: { commonName: 'root', isAuthority: true },
  intermediate: { commonName: 'intermediate', isAuthority: true, issuer: 'root' },
  leaf: { commonName: 'leaf', issuer: 'intermediate' },
  direct: { commonName: 'direct', issuer: 'root' },
  formerRoot: { commonName: 'root', isAuthority: true },
  underFormerRoot: { commonName: 'former', issuer: 'formerRoot' },
  selfSigned: { commonName: 'self' },
  shortRoot: { commonName: 'short root', isAuthority: true, rsaBits: 1024 },
  underShortRoot: { commonName: 'server', issuer: 'shortRoot' },
  shortKey: { commonName: 'short key', issuer: 'root', rsaBits: 1024 },
  shortClient: { commonName: 'short client', issuer: 'root', rsaBits: 1024 },
  sha1: { commonName: 'sha1', issuer: 'root', hash: 'SHA-1' },
  expired: { commonName: 'expired', issuer: 'root', hasExpired: true },
  expiredShort: { commonName: 'expired', issuer: 'root', hasExpired: true, rsaBits: 1024 },
  expiredIntermediate: { commonName: 'expired', isAuthority: true, issuer: 'root', hasExpired: true },
  underExpired: { commonName: 'server', issuer: 'expiredIntermediate' },
  underLeaf: { commonName: 'server', issuer: 'direct' },
  forClients: { commonName: 'clients', issuer: 'root', usage: 'clientAuth' },
  clientAuthority: { commonName: 'clients', isAuthority: true, issuer: 'root', usage: 'clientAuth' },
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
  /** The authorities of the kubeconfig. Empty if it names none. */
  readonly authorities: readonly string[];
  readonly client?: string;
  readonly serverName?: string;
  readonly isBroken?: boolean;
  /** The server's chain after the first connection. Optional, default `chain`. */
  readonly laterChain?: readonly string[];
}

const serving = (...chain: readonly string[]): tls.TlsOptions => ({
  key: certificate(chain[0] ?? '').key,
  cert: bundle(...chain),
  ciphers: 'DEFAULT@SECLEVEL=0',
});

/** Connects to a server `times` times, as to an API server. Returns the number of connections that the server got. */
async function handshake(
  { chain, authorities, client, serverName, isBroken = false, laterChain = chain }: Handshake,
  times = 1,
): Promise<number> {
  let count = 0;
  const server = tls.createServer(serving(...chain), (socket) => socket.on('error', () => {}));
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
      { ...(data !== '' && { certificateAuthorityData: data }), ...defined({ tlsServerName: serverName }) },
      url.origin,
    );
    const config = restConfigFor(url, { tls: settings });
    const credentials: Credentials = client === undefined ? {} : { clientCertificate: certificate(client) };
    for (let time = 0; time < times; time++) {
      const socket = await connect(config, credentials, new AbortController().signal);
      socket.destroy();
      server.setSecureContext(serving(...laterChain));
    }
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  return count;
}

/**
 * Trusted servers: a name, the certificates that the server sends (its own first), and after `under` the authorities.
 */
const TRUSTED = `
its root: leaf intermediate under root
an intermediate alone: leaf under intermediate
an intermediate that the server sends too: leaf intermediate under intermediate
the server’s own certificate: leaf intermediate under leaf
the server’s own self-signed certificate: selfSigned under selfSigned
an old and a new root of one name, old first: direct under formerRoot root
an old and a new root of one name, new first: direct under root formerRoot
an old and a new root of one name, old first, with an intermediate: leaf intermediate under formerRoot root selfSigned
a root with an RSA key of 1024 bits: underShortRoot under shortRoot
a root, for a server with an RSA key of 1024 bits: shortKey under root
a root, for a client with an RSA key of 1024 bits: direct under root client=shortClient
two roots of one name, for a server with a short key: shortKey under formerRoot root
a root in a bundle with a broken certificate: direct under root broken
`;

const CASE = /^(.+): ([\w ]+) under ([\w ]+?)( broken)?(?: client=(\w+))?(?: name=(\S+))?(?: => (.+))?$/gm;

function casesOf(
  table: string,
): readonly { readonly name: string; readonly how: Handshake; readonly reason: string }[] {
  return [...table.matchAll(CASE)].map(
    ([, name = '', chain = '', authorities = '', broken, client, serverName, reason = '']) => ({
      name,
      how: {
        ...{ chain: chain.split(' '), authorities: authorities.split(' '), isBroken: broken !== undefined },
        ...defined({ client, serverName }),
      },
      reason,
    }),
  );
}

test('every line of the tables is a case', () => {
  assert.deepEqual([casesOf(TRUSTED).length, casesOf(REFUSED).length], [13, 17]);
});

for (const { name, how } of casesOf(TRUSTED)) {
  test(`a server is trusted by ${name}`, async () => {
    await handshake(how);
  });
}

/** Refused servers, in the same format, and after the arrow a part of the reason. */
const REFUSED = `
another root of the same name: direct under formerRoot => a different authority with the same name
an authority that did not issue it: direct under selfSigned => an authority that is not trusted
a self-signed certificate that is not named: selfSigned under root => is self-signed and not trusted
a SHA-1 signature: sha1 under root => digest algorithm too weak
a time that is over: expired under root => has expired
a time that is over, behind an old root of the same name: expired under formerRoot root => has expired
a time that is over, with a short key: expiredShort under root => has expired
another host, with a short key: shortKey under root name=other.example => altnames
an intermediate whose time is over as authority: underExpired under expiredIntermediate => has expired
an issuer that is no authority: underLeaf under direct => not for servers
an issuer in between that is no authority: underLeaf direct under root => not for servers
a usage for clients: forClients under root => not for servers
an authority for clients: underClientAuthority under clientAuthority => not for servers
a Netscape type for clients: netscape under root => nsCertType
a common name only: commonNameOnly under root name=localhost => only a common name
a common name only, although it is named itself: commonNameOnly under commonNameOnly name=localhost => only a common name
another host: direct under root name=other.example => altnames
`;

for (const { name, how, reason } of casesOf(REFUSED)) {
  test(`a server is refused for ${name}`, async () => {
    await assert.rejects(handshake(how), (error) => {
      assert.ok(isCoded(error, 'TLS'), String(error));
      assert.ok(error.message.includes(reason), error.message);
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

test('a remembered trust is forgotten once the first trust works again', async () => {
  const authorities = ['formerRoot', 'root'];
  assert.equal(await handshake({ chain: ['direct'], authorities, laterChain: ['underFormerRoot'] }, 3), 6);
});

test('on Linux, an intermediate certificate among the authorities of the system is trusted, as in Go', async (t) => {
  const defaults = tls.getCACertificates('default');
  t.after(() => tls.setDefaultCACertificates(defaults));
  tls.setDefaultCACertificates([certificate('intermediate').certificate]);
  const connected = handshake({ chain: ['leaf'], authorities: [] });
  if (process.platform === 'linux') await connected;
  else await assert.rejects(connected, coded('TLS'));
});
