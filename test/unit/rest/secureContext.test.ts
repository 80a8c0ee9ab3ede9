import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createCertificateAuthority } from '../../../src/demo/certificates.ts';
import { secureContextFor } from '../../../src/rest/secureContext.ts';

const authorities = await Promise.all(['one', 'two'].map((name) => createCertificateAuthority(name)));
const clients = await Promise.all(authorities.map((authority) => authority.issueServer(['client'], [])));
const settingsOf = (index: number) => ({ certificateAuthority: authorities[index]?.certificate ?? '' });

suite('the secure context of a server', () => {
  test('is created once for the same authority and client certificate', () => {
    const settings = settingsOf(0);
    const [client] = clients;
    assert.ok(client !== undefined);
    assert.equal(secureContextFor(settings, { ...client }), secureContextFor(settings, client));
  });

  test('is created again when the certificate is rotated with its key or removed', () => {
    const settings = settingsOf(0);
    const contexts = [...clients, undefined].map((client) => secureContextFor(settings, client));
    assert.equal(new Set(contexts).size, 3);
  });

  test('is not shared by settings with different authorities', () => {
    const contexts = [settingsOf(0), settingsOf(1), {}].map((settings) =>
      secureContextFor(settings, undefined),
    );
    assert.equal(new Set(contexts).size, 3);
  });

  test('is not kept if OpenSSL cannot read the input', () => {
    const settings = {};
    const broken = { certificate: 'no PEM', key: 'no PEM' };
    for (let tries = 0; tries < 2; tries++) assert.throws(() => secureContextFor(settings, broken));
  });
});
