import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createCertificateAuthority } from '../../../src/demo/certificates.ts';

test('certificates for a server and a user come from an authority of this run', async () => {
  const authority = await createCertificateAuthority('test-ca');
  const other = await createCertificateAuthority('test-ca');
  const issuer = new X509Certificate(authority.certificate);
  assert.equal(issuer.ca, true);

  const server = await authority.issueServer(['localhost', 'demo.test'], ['127.0.0.1', '::1']);
  const serverCertificate = new X509Certificate(server.certificate);
  assert.ok(serverCertificate.checkIssued(issuer) && serverCertificate.verify(issuer.publicKey));
  assert.equal(serverCertificate.verify(new X509Certificate(other.certificate).publicKey), false);
  assert.equal(serverCertificate.checkHost('demo.test'), 'demo.test');
  assert.equal(serverCertificate.checkHost('other.test'), undefined);
  assert.equal(serverCertificate.checkIP('::1'), '::1');
  assert.ok(serverCertificate.checkPrivateKey(createPrivateKey(server.key)));

  const client = new X509Certificate((await authority.issueClient('somebody', ['a:b', 'c'])).certificate);
  assert.deepEqual(client.subject.split('\n'), ['CN=somebody', 'O=a:b', 'O=c']);
  assert.deepEqual(client.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(client.ca, false);
});
