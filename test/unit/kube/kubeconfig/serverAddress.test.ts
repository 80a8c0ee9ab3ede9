import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerAddress, serverAddressAdvice } from '../../../../src/kube/kubeconfig/serverAddress.ts';

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

test('the advice for a refused address with a password says how to write a slash in the password', () => {
  assert.equal(serverAddressAdvice('ftp://k.example'), 'use https://HOST:PORT');
  assert.match(
    serverAddressAdvice('https://me:12/34@k.example'),
    /write %2F for a slash in a user name or password$/,
  );
  assert.equal(parseServerAddress('https://me:12%2F34@k.example')?.host, 'k.example');
});
