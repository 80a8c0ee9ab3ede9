import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForwardSnapshot } from '../../../../src/rpc/contract.ts';
import { forwardDetails, presentForward } from '../../../../src/ui/present/forwardRows.ts';
import { forwardedAddress, schemeOf } from '../../../../src/ui/present/forwardText.ts';
import { presentStatusBar } from '../../../../src/ui/present/statusBarText.ts';
import { english } from '../../../support/localizer.ts';
import { forward, specification } from '../../../support/uiRows.ts';

const unbound: Partial<ForwardSnapshot> = { localAddress: undefined, localPort: undefined } as never;
const lost = { code: 'LOST_CONNECTION', arguments: { name: 'web', reason: 'EOF' } } as const;
const reconnecting = { type: 'reconnecting', attempt: 3, error: lost } as const;
const failed = { type: 'failed', error: lost } as const;

test('a ready forward shows its Forwarded Address, its target and what has passed', () => {
  const row = presentForward(english, forward('web'));
  assert.equal(row.label, 'localhost:8080');
  assert.equal(row.description, 'pod/web:80');
  assert.deepEqual(row.flags, ['forward', 'bound']);
  assert.equal(row.accessibleName, 'pod/web:80, forwarded to localhost:8080, ready, 0 open connections');
  const counts = { open: 1, total: 2, failed: 0, bytesSent: 1_234, bytesReceived: 5_600_000 };
  assert.equal(
    presentForward(english, forward('web', { counts })).description,
    'pod/web:80 · ↑ 1.2 kB ↓ 5.6 MB',
  );
});

test('a label comes first where there is one', () => {
  const row = presentForward(
    english,
    forward('web', { specification: specification('web', { label: 'Shop' }) }),
  );
  assert.equal(row.label, 'Shop');
  assert.equal(row.description, 'localhost:8080 · pod/web:80');
});

test('a forward that is not ready says so', () => {
  const again = presentForward(english, forward('web', { state: reconnecting }));
  assert.equal(again.description, 'reconnecting, attempt 3 · pod/web:80');
  assert.deepEqual(again.flags, ['forward', 'bound']);
  const over = presentForward(english, forward('web', { state: failed, ...unbound }));
  assert.equal(over.label, 'pod/web:80');
  assert.equal(over.description, 'failed');
  assert.deepEqual(over.flags, ['forward']);
});

test('the details tell the reason of a failure and of the last failed connection', () => {
  const details = forwardDetails(
    english,
    forward('web', {
      state: failed,
      lastConnectionError: { code: 'CONNECTION_FAILED', arguments: { reason: 'refused\u001b[2J' } },
    }),
  );
  const values = Object.fromEntries(details.filter(([, value]) => value !== undefined));
  assert.equal(values['Reason'], 'Lost the connection to pod "web" (EOF)');
  assert.equal(values['Last Failed Connection'], 'refused\\x1b[2J');
  assert.equal(values['Connections'], '0 open · 0 in all');
});

test('the address is what a person types', () => {
  assert.equal(forwardedAddress(forward('web')), 'localhost:8080');
  const bound = (address: string) =>
    forwardedAddress(forward('web', { specification: specification('web', { address }) }));
  assert.equal(bound('127.0.0.1'), '127.0.0.1:8080');
  assert.equal(bound('::1'), '[::1]:8080');
  assert.equal(forwardedAddress(forward('web', unbound)), undefined);
});

test('a browser gets https where the port says so', () => {
  const scheme = (remotePort: number | string, number?: number) =>
    schemeOf(
      forward('web', {
        specification: specification('web', { remotePort }),
        ...(number === undefined ? {} : { remotePort: number }),
      }),
    );
  assert.equal(scheme(80, 80), 'http');
  assert.equal(scheme(443, 443), 'https');
  assert.equal(scheme('https', 6443), 'https');
  assert.equal(scheme('web-https', 6443), 'https');
  assert.equal(scheme('http', 8080), 'http');
});

test('the status bar counts, warns and hides', () => {
  const ready = forward('a');
  const starting = forward('b', { state: { type: 'starting' } });
  const troubled = forward('c', { state: reconnecting });
  assert.equal(presentStatusBar(english, []), undefined);
  assert.equal(presentStatusBar(english, [forward('a', { state: { type: 'stopped' } })]), undefined);
  assert.deepEqual(presentStatusBar(english, [ready, forward('d')]), {
    text: '$(plug) 2',
    isWarning: false,
    accessibleName: '2 ports forwarded',
  });
  assert.equal(presentStatusBar(english, [ready, starting])?.text, '$(sync~spin) 2');
  assert.deepEqual(presentStatusBar(english, [ready, troubled, forward('e', { state: failed })]), {
    text: '$(plug) 1 $(warning) 2',
    isWarning: true,
    accessibleName: '1 port forwarded, 2 reconnecting or failed',
  });
});
