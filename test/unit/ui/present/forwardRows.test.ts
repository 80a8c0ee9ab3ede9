import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_TRAFFIC } from '../../../../src/kinds/forwardCounters.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../../../../src/rpc/contract.ts';
import type { GatewaySnapshot } from '../../../../src/rpc/gatewayContract.ts';
import { presentStatusBar } from '../../../../src/ui/present/forwardCounts.ts';
import {
  forwardChildren,
  forwardDetails,
  forwardIcon,
  presentForward,
} from '../../../../src/ui/present/forwardRows.ts';
import { forwardedAddress } from '../../../../src/ui/present/forwardText.ts';
import {
  presentGateway,
  presentNamedService,
  presentNamesProblem,
} from '../../../../src/ui/present/gatewayRows.ts';
import { looksLikeHttp, schemeOf } from '../../../../src/ui/present/portProtocol.ts';
import { english } from '../../../support/localizer.ts';
import { forbidden, forward, gateway, specification } from '../../../support/uiRows.ts';

const unbound: Partial<ForwardSnapshot> = { localAddress: undefined, localPort: undefined } as never;
const unboundGateway: Partial<GatewaySnapshot> = { localAddress: undefined, localPort: undefined } as never;
const lost = { code: 'LOST_CONNECTION', arguments: { name: 'web', reason: 'EOF' } } as const;
const reconnecting = { type: 'reconnecting', attempt: 3, error: lost } as const;
const failed = { type: 'failed', error: lost } as const;

test('a ready forward shows its Forwarded Address, its target and its traffic', () => {
  const row = presentForward(english, forward('web'));
  assert.equal(row.label, 'localhost:8080');
  assert.equal(row.description, 'pod/web:80');
  assert.deepEqual(row.flags, ['running', 'forward', 'bound', 'http', 'logOff', 'recordOff']);
  assert.equal(row.accessibleName, 'pod/web:80, forwarded to localhost:8080, ready, open connections: 0');
  const counts = { ...NO_TRAFFIC, open: 1, total: 2, failed: 0, bytesSent: 1_234, bytesReceived: 5_600_000 };
  assert.equal(
    presentForward(english, forward('web', { counts })).description,
    'pod/web:80 · ↑ 1.2 kB ↓ 5.6 MB',
  );
});

test('a label comes first if there is one', () => {
  const row = presentForward(
    english,
    forward('web', { specification: specification('web', { label: 'Shop' }) }),
  );
  assert.equal(row.label, 'Shop');
  assert.equal(row.description, 'localhost:8080 · pod/web:80');
});

test('a forward that is not ready shows its state, since when and why', () => {
  const outage = { sinceMs: Date.now(), lastTryMs: Date.now() + 1_000 };
  const snapshot = forward('web', { state: { ...reconnecting, outage } });
  const again = presentForward(english, snapshot);
  assert.match(
    again.description ?? '',
    /^reconnecting since \S+( [AP]M)?: Lost connection to pod "web" \(EOF\) · pod\/web:80$/,
  );
  assert.deepEqual(again.flags, ['running', 'forward', 'bound', 'http', 'logOff', 'recordOff']);
  assert.match(again.tooltip ?? '', /^Disconnected Since: .*\nLast Attempt: .*\nAttempt: 3$/m);
});

test('a failed forward shows its reason', () => {
  const over = presentForward(english, forward('web', { state: failed, ...unbound }));
  assert.equal(over.label, 'pod/web:80');
  assert.equal(over.description, 'failed: Lost connection to pod "web" (EOF)');
  assert.deepEqual(over.flags, ['failed', 'forward']);
});

test('a forward that waits shows the reason in its row and in its hover', () => {
  const waiting = forward('web', {
    state: {
      type: 'starting',
      waiting: { code: 'WAITING_FOR_POD', arguments: { name: 'web', phase: 'Pending' } },
    },
  });
  const row = presentForward(english, waiting);
  assert.equal(row.description, 'waiting: Pod "web" is Pending · pod/web:80');
  assert.match(row.tooltip ?? '', /^Reason: Pod "web" is Pending$/m);
  assert.match(row.accessibleName, /waiting, Pod "web" is Pending/);
});

test('a forward that never carried traffic is not shown as reconnecting', () => {
  const outage = { sinceMs: Date.now(), lastTryMs: Date.now() };
  const row = presentForward(english, forward('web', { state: { type: 'starting', error: lost, outage } }));
  assert.match(row.description ?? '', /^not connected since .*: Lost connection/);
  assert.equal(row.icon?.id, 'warning');
});

test('a row shows its namespace and context if another would look the same', () => {
  const row = presentForward(english, forward('web'), { namespace: 'demo', context: 'dev' });
  assert.equal(row.description, 'pod/web:80 · demo · dev');
});

test('the child rows of a forward do not repeat its own row', () => {
  const titles = forwardChildren(english, forward('web'))
    .filter(([, value]) => value !== undefined)
    .map(([title]) => title);
  assert.deepEqual(titles, ['State', 'Namespace', 'Context', 'Pod', 'Connections']);
});

test('the details show the reasons of a failure and of the last failed connection', () => {
  const details = forwardDetails(
    english,
    forward('web', {
      state: failed,
      lastConnectionError: { code: 'CONNECTION_FAILED', arguments: { reason: 'refused\u001b[2J' } },
    }),
  );
  const values = Object.fromEntries(details.filter(([, value]) => value !== undefined));
  assert.equal(values['Reason'], 'Lost connection to pod "web" (EOF)');
  assert.equal(values['Last Connection Error'], 'refused\\x1b[2J');
  assert.equal(values['Connections'], '0 open · 0 total');
});

test('the address is what a person types', () => {
  assert.equal(forwardedAddress(forward('web')), 'localhost:8080');
  const bound = (address: string) =>
    forwardedAddress(forward('web', { specification: specification('web', { address }) }));
  assert.equal(bound('127.0.0.1'), '127.0.0.1:8080');
  assert.equal(bound('::1'), '[::1]:8080');
  assert.equal(forwardedAddress(forward('web', unbound)), undefined);
});

test('a browser gets https if the port says so', () => {
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

test('a browser is offered for probable HTTP: by appProtocol, else by name, else by number', () => {
  const isOffered = (
    remotePort: number | string,
    changes: Partial<ForwardSpecification> = {},
    number?: number,
  ) =>
    looksLikeHttp(
      forward('web', {
        specification: specification('web', { remotePort, ...changes }),
        ...(number === undefined ? {} : { remotePort: number }),
      }),
    );
  for (const port of [80, 443, 8080, 'http', 'web-https', 'http-admin']) assert.equal(isOffered(port), true);
  assert.equal(isOffered('page', {}, 8080), true);
  for (const port of [5432, 25, 'redis', 'httpd2'])
    assert.equal(isOffered(port, {}, 6379), false, String(port));
  for (const portName of ['grpc', 'tcp-http2', 'redis']) {
    assert.equal(isOffered(8080, { portName }), false, portName);
  }
  assert.equal(isOffered(9999, { portName: 'http' }), true);
  for (const appProtocol of ['https', 'HTTP', 'kubernetes.io/ws']) {
    assert.equal(isOffered(9999, { appProtocol }), true, appProtocol);
  }
  for (const appProtocol of ['grpc', 'tcp', 'kubernetes.io/h2c', 'example.com/other']) {
    assert.equal(isOffered(80, { appProtocol, portName: 'http' }), false, appProtocol);
  }
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
  assert.equal(presentStatusBar(english, [ready, starting])?.text, '$(plug) 1 $(sync~spin) 1');
  assert.deepEqual(presentStatusBar(english, [ready, troubled, forward('e', { state: failed })]), {
    text: '$(plug) 1 $(warning) 2',
    isWarning: true,
    accessibleName: '1 port forwarded, 2 need attention',
  });
});

test('a ready forward whose pod is not Ready shows a warning', () => {
  const warning = { code: 'POD_TAKEN_UNREADY', arguments: { name: 'web' } } as const;
  const row = presentForward(
    english,
    forward('web', { state: { type: 'ready', pod: 'web', transport: 'spdy', warning } }),
  );
  assert.match(row.description ?? '', /^Pod "web" is not ready; forwarding anyway · /);
  assert.match(row.accessibleName, /ready, Pod "web" is not ready; forwarding anyway/);
  assert.equal(row.icon?.id, 'warning');
});

test('a forward that waits for a sign-in offers it', () => {
  const error = { code: 'CREDENTIALS_FAILED', arguments: { user: 'me', reason: 'no' } } as const;
  const state = { type: 'reconnecting', attempt: 2, error } as const;
  assert.ok(presentForward(english, forward('web', { state })).flags.includes('signIn'));
  assert.ok(!presentForward(english, forward('web', { state: reconnecting })).flags.includes('signIn'));
});

test('a row shows its log mode, and its menu offers the other modes', () => {
  const rows = (['off', 'metadata', 'record'] as const).map((requestLog) =>
    presentForward(english, forward('web', { requestLog })),
  );
  const logFlags = rows.map(({ flags }) => flags.filter((flag) => /^(log|record)/.test(flag)));
  assert.deepEqual(logFlags, [['logOff', 'recordOff'], ['logOn', 'recordOff'], ['logOn']]);
  assert.deepEqual(
    rows.map(({ description }) => /(?:logging|recording) requests$/.exec(description ?? '')?.[0]),
    [undefined, 'logging requests', 'recording requests'],
  );
});

test('rows of services by name show what is logged of their requests, too', () => {
  const [service] = gateway(['demo']).services;
  assert.ok(service);
  const rows = [
    presentGateway(english, gateway(['demo'], { requestLog: 'metadata' }), undefined),
    presentNamedService(english, { ...service, requestLog: 'record' }, false),
  ];
  assert.deepEqual(
    rows.map(({ flags }) => flags.filter((flag) => /^(log|record)/.test(flag))),
    [['logOn', 'recordOff'], ['logOn']],
  );
  assert.match(rows[0]?.description ?? '', /logging requests$/);
  assert.match(rows[1]?.description ?? '', /recording requests/);
  assert.match(rows[1]?.accessibleName ?? '', /recording requests/);
});

test('namespaces by name show their address and traffic, and the context beside another one', () => {
  const row = presentGateway(english, gateway(['demo', 'shop']), undefined);
  assert.equal(row.label, 'localhost:8900');
  assert.equal(row.description, 'demo, shop (by name)');
  assert.deepEqual(row.flags, ['running', 'gateway', 'bound', 'http', 'logOff', 'recordOff']);
  assert.deepEqual(row.icon, forwardIcon(forward('web')));
  assert.equal(
    row.accessibleName,
    'demo, shop (by name), forwarded to localhost:8900, ready, open connections: 0',
  );
  const counts = { ...NO_TRAFFIC, open: 1, total: 2, failed: 0, bytesSent: 1_234, bytesReceived: 5_600_000 };
  assert.equal(
    presentGateway(english, gateway(['demo'], { counts }), 'dev').description,
    'demo (by name) · dev · ↑ 1.2 kB ↓ 5.6 MB',
  );
});

test('namespaces without names show the reason, and a failed one has no address to open', () => {
  const error = forbidden('list', 'services', 'shop');
  const namespaces = [
    { name: 'demo', isLoaded: true },
    { name: 'shop', isLoaded: false, error },
  ];
  const partly = presentGateway(english, gateway(['demo', 'shop'], { namespaces }), undefined);
  const reason = 'User "me" cannot list services in namespace "shop"';
  assert.equal(partly.description, `${reason} · demo, shop (by name)`);
  assert.equal(partly.icon?.id, 'warning');
  const problem = presentNamesProblem(english, 'shop', error);
  assert.deepEqual([problem.label, problem.description], ['shop: Not allowed', reason]);
  const starting = gateway(['shop'], { state: { type: 'starting', error } });
  assert.equal(
    presentGateway(english, starting, undefined).description,
    `starting: ${reason} · shop (by name)`,
  );
  const over = presentGateway(english, { ...gateway(['demo']), ...unboundGateway, state: failed }, undefined);
  assert.deepEqual(over.flags, ['failed', 'gateway']);
  assert.equal(over.label, 'demo (by name)');
  assert.match(over.description ?? '', /^failed: /);
  const expired = { code: 'UNAUTHORIZED', arguments: { server: 'x', user: 'me' } } as const;
  const signedOut = gateway(['demo'], { state: { type: 'reconnecting', error: expired } });
  assert.ok(presentGateway(english, signedOut, undefined).flags.includes('signIn'));
});

test('a service by name shows its Ready pods, its open connections and its link', () => {
  const [service] = gateway(['demo']).services;
  assert.ok(service);
  const row = presentNamedService(english, { ...service, readyPods: 1, openConnections: 3 }, false);
  assert.equal(row.label, 'web');
  assert.equal(row.description, '1/2 · 3 open · web.demo.localhost:8900');
  assert.deepEqual(row.flags, ['namedService', 'byName', 'logOff', 'recordOff']);
  assert.equal(row.accessibleName, 'Service web, 1 of 2 pods ready, 3 open, web.demo.localhost:8900');
  assert.match(row.tooltip ?? '', /^80\/TCP http: http:\/\/web\.demo\.localhost:8900\/$/m);
  assert.equal(presentNamedService(english, service, true).label, 'web.demo');
  const { url: _, ...udp } = { ...service, pods: 1, readyPods: 0 };
  const closed = presentNamedService(english, { ...udp, ports: [] }, false);
  assert.equal(closed.description, '0/1 · the service has no TCP port');
  assert.deepEqual(closed.flags, ['namedService']);
  const external = presentNamedService(english, { ...service, hasSelector: false }, false);
  assert.equal(external.description, 'the service has no selector');
  assert.deepEqual(external.flags, ['namedService']);
});

test('namespaces that are open by name count as one forwarded port', () => {
  assert.equal(
    presentStatusBar(english, [forward('web'), gateway(['demo', 'shop'])])?.accessibleName,
    '2 ports forwarded',
  );
  const troubled = gateway(['demo'], { state: { type: 'reconnecting', error: lost } });
  assert.equal(presentStatusBar(english, [troubled])?.text, '$(warning) 1');
});
