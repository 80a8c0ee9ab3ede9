import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutUserInfo } from '../../../../src/kube/kubeconfig/userInfo.ts';

test('name and password are removed from an address, even if they make it invalid', () => {
  for (const text of [
    'https://me:secret@host:6443/path',
    'https://me:se/cret@host:6443/path',
    'https://me:se@cr/et @host:6443/path',
  ])
    assert.equal(withoutUserInfo(text), 'https://host:6443/path');
  assert.equal(withoutUserInfo('me:secret@host'), 'host');
  assert.equal(withoutUserInfo('HTTPS://me:se\ncret@host'), 'HTTPS://host');
  for (const text of ['https://host:6443', 'host', '']) assert.equal(withoutUserInfo(text), text);
});
