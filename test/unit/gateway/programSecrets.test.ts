import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgramSecrets } from '../../../src/gateway/programSecrets.ts';
import { isProgramSecret } from '../../../src/kinds/gateway.ts';

test('a secret that is accepted again, as by Undo, keeps the rights of its program and its last use', () => {
  const secrets = new ProgramSecrets();
  const trust = { environment: { HTTPS_PROXY: 'http://company:3128' }, namespaces: ['demo'] };
  const secret = secrets.create(trust);
  const other = secrets.create({ environment: {}, namespaces: [] });
  secrets.accept(secret, { environment: {}, namespaces: [] });
  assert.deepEqual(
    secrets.byUse.map(([each]) => each),
    [secret, other],
  );
  assert.equal(secrets.byUse[0]?.[1], trust);
});

test('a created secret has the shape by which the forward host recognizes a secret', () => {
  const secret = new ProgramSecrets().create({ environment: {}, namespaces: [] });
  assert.ok(isProgramSecret(secret));
  for (const other of ['', secret.slice(1), `${secret}a`, secret.replace(/.$/, ':')])
    assert.ok(!isProgramSecret(other), other);
});
