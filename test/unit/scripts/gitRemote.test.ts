import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toListing } from '../../../scripts/gitRemote.ts';

const PAGES: readonly [string, string | undefined][] = [
  ['https://github.com/owner/name.git', 'https://github.com/owner/name'],
  ['https://github.com/owner/name/', 'https://github.com/owner/name'],
  ['https://user:secret@github.com/owner/name.git', 'https://github.com/owner/name'],
  ['git@github.com:owner/name.git', 'https://github.com/owner/name'],
  ['ssh://git@git.example.org:2222/group/sub/name.git', 'https://git.example.org/group/sub/name'],
  ['git://git.example.org/name.git', 'https://git.example.org/name'],
  ['/srv/git/name.git', undefined],
  ['../name', undefined],
  ['C:\\repositories\\name', undefined],
  ['file:///srv/git/name.git', undefined],
  ['', undefined],
];

describe('toListing', () => {
  for (const [remote, page] of PAGES) {
    test(`the remote "${remote.replace('secret', '…')}" gives ${page ?? 'no listing'}`, () => {
      assert.equal(toListing(remote)?.page, page);
    });
  }

  test('links and pictures lead to files of the default branch', () => {
    assert.deepEqual(toListing('git@gitlab.com:group/name.git'), {
      page: 'https://gitlab.com/group/name',
      contentUrl: 'https://gitlab.com/group/name/-/blob/HEAD',
      imagesUrl: 'https://gitlab.com/group/name/-/raw/HEAD',
    });
    assert.equal(
      toListing('https://github.com/owner/name')?.imagesUrl,
      'https://github.com/owner/name/raw/HEAD',
    );
  });
});
