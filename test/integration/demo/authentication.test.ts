import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import { after, describe, test } from 'node:test';
import type { KeyPairPem } from '../../../src/demo/certificates.ts';
import { createCertificateAuthority } from '../../../src/demo/certificates.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { request } from './demoClient.ts';

const cluster = await demoClusterFor({ after });

describe('the user of a request to the demo cluster', () => {
  /**
   * Sends a request with a client certificate. Returns the status, and the user in the audit log of the demo cluster.
   */
  async function withCertificate(keyPair: KeyPairPem, agent: https.Agent | false = false) {
    const message = https.get(new URL('/api/v1/namespaces', cluster.server), {
      ca: cluster.certificateAuthority,
      cert: keyPair.certificate,
      key: keyPair.key,
      agent,
    });
    const [response] = (await once(message, 'response')) as [import('node:http').IncomingMessage];
    await response.toArray();
    return [response.statusCode, cluster.activity.audit.at(-1)?.user];
  }

  /** Returns the client certificate and key in the kubeconfig of the demo cluster. */
  function ownCertificate(): KeyPairPem {
    const field = (name: string): string => {
      const data = new RegExp(`${name}: (\\S+)`).exec(cluster.kubeconfig)?.[1] ?? '';
      return Buffer.from(data, 'base64').toString();
    };
    return { certificate: field('client-certificate-data'), key: field('client-key-data') };
  }

  test('is the name in a certificate of its own authority, also when the TLS session is resumed', async () => {
    const agent = new https.Agent({ keepAlive: false, maxCachedSessions: 10 });
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await withCertificate(ownCertificate(), agent), [200, 'demo-certificate']);
    }
    agent.destroy();
  });

  test('is refused with a certificate of another authority', async () => {
    const other = await createCertificateAuthority('demo-cluster-ca');
    const forged = await other.issueClient('demo-admin', ['system:masters']);
    assert.deepEqual(await withCertificate(forged), [401, '']);
  });

  test('is the owner of the token; a wrong token is refused, and no token is anonymous', async () => {
    assert.equal((await request(cluster, '/api/v1/namespaces')).status, 200);
    for (const authorization of ['Bearer wrong', 'Bearer ', 'Basic YTpi', 'Bearer demo-admin']) {
      const answer = await request(cluster, '/api/v1/namespaces', { headers: { authorization } });
      assert.deepEqual([authorization, answer.status], [authorization, 401]);
    }
    const message = https.get(new URL('/api/v1/namespaces', cluster.server), {
      ca: cluster.certificateAuthority,
      agent: false,
    });
    const [response] = (await once(message, 'response')) as [import('node:http').IncomingMessage];
    const body = Buffer.concat(await response.toArray()).toString();
    assert.equal(response.statusCode, 403);
    assert.match(body, /User \\"system:anonymous\\" cannot list resource \\"namespaces\\"/);
  });
});
