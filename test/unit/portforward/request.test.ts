import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { type EngineRequest, validateRequest } from '../../../src/portforward/request.ts';
import { coded } from '../../support/coded.ts';
import { restConfigFor } from '../../support/restConfig.ts';

function request(more: Partial<EngineRequest>): EngineRequest {
  return {
    restConfig: restConfigFor(new URL('https://127.0.0.1:6443')),
    pod: { namespace: 'demo', name: 'web' },
    ports: [{ local: 8080, remote: 80 }],
    stop: new AbortController().signal,
    ...more,
  };
}

function rejects(more: Partial<EngineRequest>, code: ErrorCode, text: string): void {
  assert.throws(() => validateRequest(request(more)), coded(code, text), JSON.stringify(more));
}

test('requests with valid ports and addresses are accepted, even if they repeat the local port 0', () => {
  validateRequest(request({}));
  validateRequest(request({ ports: [{ local: 0, remote: 1 }] }));
  validateRequest(request({ ports: [{ local: 65_535, remote: 65_535 }] }));
  // The local port 0 means any free port, so it may be repeated. Several local ports may lead to the same port of the
  // pod.
  const ports = [
    { local: 0, remote: 80 },
    { local: 0, remote: 80 },
    { local: 8080, remote: 80 },
  ];
  validateRequest(request({ ports }));
  validateRequest(
    request({ addresses: ['localhost', '127.0.0.1', '::1', '0.0.0.0', '10.1.2.3', 'fe80::1'] }),
  );
});

test('ports out of bounds or other than numbers are refused', () => {
  for (const [local, remote] of [
    [-1, 80],
    [65_536, 80],
    [8080, 0],
    [8080, -1],
    [8080, 65_536],
    [80.5, 80],
    [Number.NaN, 80],
    [8080, Number.POSITIVE_INFINITY],
  ] as const) {
    rejects({ ports: [{ local, remote }] }, 'INVALID_PORT', `"${local}:${remote}"`);
  }
  const ports = [
    { local: 8080, remote: 80 },
    { local: 8081, remote: 0 },
  ];
  rejects({ ports }, 'INVALID_PORT', '"8081:0"');
});

test('a request without ports is refused', () => rejects({ ports: [] }, 'USAGE', 'at least one port'));

test('the same local port twice is refused', () => {
  const ports = [
    { local: 8080, remote: 80 },
    { local: 9090, remote: 80 },
    { local: 8080, remote: 81 },
  ];
  rejects({ ports }, 'DUPLICATE_LOCAL_PORT', '8080');
});

test('invalid addresses and an empty list are refused', () => {
  for (const address of ['', 'example.com', '127.0.0', '127.0.0.1:80', '[::1]', 'LOCALHOST']) {
    rejects({ addresses: ['localhost', address] }, 'INVALID_ADDRESS', `"${address}"`);
  }
  rejects({ addresses: [] }, 'INVALID_ADDRESS', '""');
});
