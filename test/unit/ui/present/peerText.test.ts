import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorText } from '../../../../src/ui/present/errorText.ts';
import { logText } from '../../../../src/ui/present/logText.ts';
import { english } from '../../../support/localizer.ts';

const said = 'x'.repeat(5_000);
const error = { code: 'CONNECTION_FAILED', arguments: { reason: said } } as const;

test("a peer's text is cut at 300 characters in a message, and at 2,000 in the output channel", () => {
  assert.equal(errorText(english, error), `${'x'.repeat(199)}…${'x'.repeat(100)}`);
  const line = logText(english, { level: 'warn', event: 'tunnelLost', arguments: {}, error });
  assert.equal(line, `Disconnected: ${'x'.repeat(1_333)}…${'x'.repeat(666)}`);
});

test("a plugin's text is cut at 2,000 characters, and nothing in it is hidden", () => {
  const args = { user: 'me', line: `\u200b${said}` };
  const line = logText(english, { level: 'info', event: 'credentialsOutput', arguments: args });
  assert.equal(line, `Credential plugin of me: \\u200b${'x'.repeat(1_327)}…${'x'.repeat(666)}`);
});
