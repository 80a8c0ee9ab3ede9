import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_MESSAGES, type ErrorCode } from '../../../../src/base/errors.ts';
import { formatBytes } from '../../../../src/base/quantities.ts';
import type { LogEvent } from '../../../../src/rpc/contract.ts';
import { errorText, errorTitle, WINDOW_MESSAGES } from '../../../../src/ui/present/errorText.ts';
import { formatAge } from '../../../../src/ui/present/format.ts';
import { logText } from '../../../../src/ui/present/logText.ts';
import { forwardablePorts, localPortProblem, parsePortInput } from '../../../../src/ui/present/portInput.ts';
import { labelText, notificationText } from '../../../../src/ui/present/untrusted.ts';
import { english } from '../../../support/localizer.ts';

test('every error has a sentence without terminal options, and a title', () => {
  for (const code of Object.keys(ERROR_MESSAGES) as ErrorCode[]) {
    const text = errorText(english, { code, arguments: {} });
    assert.ok(text.length > 0, code);
    assert.doesNotMatch(text, /^\p{Ll}/u, code);
    assert.doesNotMatch(text, /--[a-z]| -n\b|kubectl/, code);
    assert.ok(errorTitle(english, code).length > 0, code);
  }
});

test("a window's message has all arguments of the terminal's, except those of kubectl commands", () => {
  const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  for (const [code, message] of Object.entries(WINDOW_MESSAGES)) {
    const shown = names(message);
    const terminal = ERROR_MESSAGES[code as ErrorCode].replaceAll(/kubectl [^,)]+/g, '');
    for (const name of names(terminal)) assert.ok(shown.includes(name), `${code}: ${name}`);
  }
});

for (const [code, args, expected] of [
  [
    'POD_NOT_FOUND',
    { name: 'web', namespace: 'demo' },
    'Pod "web" not found in namespace "demo": it may have been replaced, choose another pod',
  ],
  // The message begins with a name, so it stays in lower case.
  ['API_ERROR', { server: 'https://x', status: 500, reason: 'no' }, 'https://x returned 500: no'],
] as const) {
  test(`the error ${code} is shown as: ${expected}`, () =>
    assert.equal(errorText(english, { code, arguments: args }), expected));
}

test("a cluster's text never becomes a link, an icon or a control character", () => {
  assert.equal(notificationText('[a](command:b)'), '[a]\u2060(command:b)');
  assert.equal(notificationText('a\nb\u001b[0m'), 'a\\x0ab\\x1b[0m');
  assert.equal(labelText('$(bug)'), '$\u2060(bug)');
});

test('bytes and ages have two digits', () => {
  const sizes = [0, 999, 1_000, 1_234, 12_345, 999_999, 34_567_890, 5e12, 5e16].map(formatBytes);
  assert.equal(sizes.join(), '0 B,999 B,1 kB,1.2 kB,12 kB,999 kB,34 MB,5 TB,50000 TB');
  const age = (seconds: number) =>
    formatAge('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:00Z') + seconds * 1000);
  const ages = [-5, 0, 42, 119, 120, 7_199, 7_200, 172_799, 172_800].map(age);
  assert.equal(ages.join(), '0s,0s,42s,119s,2m,119m,2h,47h,2d');
  assert.equal(formatAge('never', 0), '');
});

test('ports are read as people type them', () => {
  const read = (text: string) => {
    const parsed = parsePortInput(english, text);
    return parsed.type === 'port' ? parsed.choice : parsed.type;
  };
  assert.deepEqual(read('80'), { remote: 80 });
  assert.deepEqual(read(' 8080:80 '), { remote: 80, local: 8080 });
  assert.deepEqual(read(':80'), { remote: 80, local: 0 });
  assert.deepEqual(read('0:80'), { remote: 80, local: 0 });
  assert.deepEqual(read('http'), { remote: 'http' });
  assert.deepEqual(read('8080:http'), { remote: 'http', local: 8080 });
  assert.deepEqual(read('localhost:8080:80'), { remote: 80, local: 8080 });
  for (const text of ['', '0', '65536', '8080:', 'a:b:c', 'a:80', '-1', '80 81', 'UPPER_CASE', '999999']) {
    assert.equal(read(text), 'invalid', text);
  }
});

test('a local port is a number, 0 for any', () => {
  assert.equal(localPortProblem(english, '0'), undefined);
  assert.equal(localPortProblem(english, ' 65535 '), undefined);
  for (const text of ['', '65536', 'http', '1.5', '-1']) assert.ok(localPortProblem(english, text), text);
});

test('only TCP ports can be forwarded, each number once', () => {
  const ports = [
    { number: 80, protocol: 'TCP', container: 'a' },
    { number: 80, protocol: 'TCP', container: 'b' },
    { number: 53, protocol: 'UDP' },
    { number: 53, protocol: 'TCP' },
  ];
  assert.deepEqual(forwardablePorts(ports), [ports[0], ports[3]]);
});

test('every step of a forward has a line', () => {
  const events: Record<LogEvent, string> = {
    hostStarted: 'Background process',
    starting: 'Starting',
    bound: 'Listening on',
    podChosen: 'Using pod',
    ready: 'Ready',
    connection: 'Connection 1 opened',
    connectionEnded: 'Connection 1 failed: Refused',
    tunnelLost: 'Disconnected: Refused',
    transportRefused: 'The server refused the',
    noHalfClose: 'This server',
    reconnecting: 'Reconnecting',
    outage: 'The API server has not responded for',
    waiting: 'Waiting: ',
    failed: 'Failed: Refused',
    stopped: 'Stopped',
    credentialsOutput: 'Credential plugin of',
    gatewayReady: 'Services in',
    namesUnavailable: 'The names of',
    connectionRefused: 'Connection to {destination} refused: Refused',
  };
  for (const [event, start] of Object.entries(events)) {
    const line = logText(english, {
      level: 'info',
      forward: 'pod/web 8080 → 80',
      event: event as LogEvent,
      arguments: { connection: 1, bytesSent: 1_500, bytesReceived: 2_000_000 },
      error: { code: 'USAGE', arguments: { reason: 'Refused' } },
    });
    assert.ok(line.startsWith(`[pod/web 8080 → 80] ${start}`), line);
  }
  const closed = { connection: 1, bytesSent: 1_500, bytesReceived: 2_000_000 };
  assert.equal(
    logText(english, { level: 'debug', event: 'connectionEnded', arguments: closed }),
    'Connection 1 closed: 1.5 kB sent, 2 MB received',
  );
  const outage = { seconds: 30, isServerSilent: 0 };
  const error = { code: 'USAGE', arguments: { reason: 'Refused' } } as const;
  assert.equal(
    logText(english, { level: 'warn', event: 'outage', arguments: outage, error }),
    'Disconnected for 30 s: Refused',
  );
});

test('a log line stays one line, whatever an exec plugin writes', () => {
  const line = logText(english, {
    level: 'info',
    event: 'credentialsOutput',
    arguments: { user: 'me', line: 'a\r\n2026 [error] forged' },
  });
  assert.equal(line, 'Credential plugin of me: a\\x0d\\x0a2026 [error] forged');
});
