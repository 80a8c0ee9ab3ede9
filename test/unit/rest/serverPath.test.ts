import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverPath } from '../../../src/rest/serverPath.ts';
import { assertQuick } from '../../support/assertQuick.ts';

test('the path of a request follows the path of the server, with one slash between them', () => {
  assert.equal(serverPath(new URL('https://k'), '/api?limit=1'), '/api?limit=1');
  assert.equal(serverPath(new URL('https://k/prefix//'), '/api'), '/prefix/api');
});

test('a server address with many slashes takes no time that grows with their square', () => {
  const server = new URL(`https://k/${'/'.repeat(500_000)}x`);
  assert.equal(assertQuick('a path', () => serverPath(server, '/api')).length, server.pathname.length + 4);
});
