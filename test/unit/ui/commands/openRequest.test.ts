import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandServices } from '../../../../src/ui/commands/commandServices.ts';
import { fake } from '../../../support/fakeVscode.ts';

const { openBody } = await import('../../../../src/ui/commands/requests/openRequest.ts');

test('only a body that is still on its way can be read later: a request whose response lasts may have none', async () => {
  const none = { head: [], body: '', isTruncated: false };
  const textOf = async (side: 'request' | 'response', request = none) => {
    const exchange = { id: 1, isRecorded: true, request, response: none };
    const requests = { find: () => exchange, read: async () => exchange };
    await openBody({ requests } as unknown as CommandServices, { exchange: 1 }, side);
    return fake.texts.at(-1);
  };
  assert.equal(await textOf('request'), 'The request has no body.');
  const later = 'Bodies can be read only when the request is complete.';
  assert.equal(await textOf('request', { ...none, isTruncated: true }), later);
  assert.equal(await textOf('response'), later);
});
