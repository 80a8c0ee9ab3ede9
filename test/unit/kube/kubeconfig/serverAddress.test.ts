import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerAddress } from '../../../../src/kube/kubeconfig/serverAddress.ts';

test('the address of a server may have a path, and means HTTP without a scheme', () => {
  const href = (text: string) => parseServerAddress(text)?.href;
  assert.equal(href('https://k.example/k8s/clusters/c-1'), 'https://k.example/k8s/clusters/c-1');
  assert.equal(href('https://[::1]:6443'), 'https://[::1]:6443/');
  assert.equal(href('k.example:8080'), 'http://k.example:8080/');
});

for (const text of [
  '',
  'https://',
  'ftp://k.example',
  ' https://k.example',
  'https://k.example/#part',
  'https://me:12/34@k.example',
  'https://me/12@k.example',
]) {
  test(`the address "${text}" of a server is refused`, () => {
    assert.equal(parseServerAddress(text), undefined);
  });
}
