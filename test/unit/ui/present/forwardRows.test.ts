import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_TRAFFIC } from '../../../../src/kinds/forwardCounters.ts';
import { looksLikeHttp, schemeOf } from '../../../../src/kinds/portProtocol.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../../../../src/rpc/forwardsContract.ts';
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
import { knownPort } from '../../../../src/ui/present/knownPort.ts';
import { english } from '../../../support/localizer.ts';
import { forbidden, forward, gateway } from '../../../support/uiRows.ts';

const unbound: object = { localAddress: undefined, localPort: undefined };
const lost = { code: 'LOST_CONNECTION', arguments: { name: 'web', reason: 'EOF' } } as const;
const reconnecting = { type: 'reconnecting', attempt: 3, error: lost } as const;
const failed = { type: 'failed', error: lost } as const;

function present(changes: Partial<ForwardSnapshot> = {}, wanted: Partial<ForwardSpecification> = {}) {
  return presentForward(english, forward('web', changes, wanted));
}

function presentNames(changes: Partial<GatewaySnapshot> = {}, namespaces = ['demo'], context?: string) {
  return presentGateway(english, gateway(namespaces, changes), context);
}

test('a ready forward shows its Forwarded Address, its target and its traffic', () => {
  const row = present();
  assert.equal(row.label, 'localhost:8080');
  assert.equal(row.description, 'pod/web:80');
  assert.deepEqual(row.flags, ['running', 'forward', 'bound', 'http', 'logOff', 'recordOff']);
  assert.equal(row.accessibleName, 'pod/web:80, forwarded to localhost:8080, ready, open connections: 0');
  const counts = { ...NO_TRAFFIC, open: 1, total: 2, failed: 0, bytesSent: 1_234, bytesReceived: 5_600_000 };
  assert.equal(present({ counts }).description, 'pod/web:80 · ↑ 1.2 kB ↓ 5.6 MB');
});

test('a label comes first if there is one', () => {
  const row = present({}, { label: 'Shop' });
  assert.equal(row.label, 'Shop');
  assert.equal(row.description, 'localhost:8080 · pod/web:80');
});

test('a forward that is not ready shows its state, since when and why', () => {
  const outage = { sinceMs: Date.now(), lastTryMs: Date.now() + 1_000 };
  const again = present({ state: { ...reconnecting, outage } });
  assert.match(
    again.description ?? '',
    /^reconnecting since \S+( [AP]M)?: Lost connection to pod "web" \(EOF\) · pod\/web:80$/,
  );
  assert.deepEqual(again.flags, ['running', 'forward', 'bound', 'http', 'logOff', 'recordOff']);
  assert.match(again.tooltip ?? '', /^Disconnected Since: .*\nLast Attempt: .*\nAttempt: 3$/m);
});

test('a failed forward shows its reason', () => {
  const over = present({ state: failed, ...unbound });
  assert.equal(over.label, 'pod/web:80');
  assert.equal(over.description, 'failed: Lost connection to pod "web" (EOF)');
  assert.deepEqual(over.flags, ['failed', 'forward']);
});

test('a forward that waits shows the reason in its row and in its hover', () => {
  const waiting = { code: 'WAITING_FOR_POD', arguments: { name: 'web', phase: 'Pending' } } as const;
  const row = present({ state: { type: 'starting', waiting } });
  assert.equal(row.description, 'waiting: Pod "web" is Pending · pod/web:80');
  assert.match(row.tooltip ?? '', /^Reason: Pod "web" is Pending$/m);
  assert.match(row.accessibleName, /waiting, Pod "web" is Pending/);
});

test('a forward that never carried traffic is not shown as reconnecting', () => {
  const outage = { sinceMs: Date.now(), lastTryMs: Date.now() };
  const row = present({ state: { type: 'starting', error: lost, outage } });
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
  const lastConnectionError = {
    code: 'CONNECTION_FAILED',
    arguments: { reason: 'refused\u001b[2J' },
  } as const;
  const details = forwardDetails(english, forward('web', { state: failed, lastConnectionError }));
  const values = Object.fromEntries(details.filter(([, value]) => value !== undefined));
  assert.equal(values['Reason'], 'Lost connection to pod "web" (EOF)');
  assert.equal(values['Last Connection Error'], 'refused\\x1b[2J');
  assert.equal(values['Connections'], '0 open · 0 total');
});

test('the address is what a person types', () => {
  assert.equal(forwardedAddress(forward('web')), 'localhost:8080');
  const bound = (address: string) => forwardedAddress(forward('web', {}, { address }));
  assert.equal(bound('127.0.0.1'), '127.0.0.1:8080');
  assert.equal(bound('::1'), '[::1]:8080');
  assert.equal(forwardedAddress(forward('web', unbound)), undefined);
});

/**
 * Returns a forward to a port of the pod. If the port is given by name, `number` is the number behind the name, if
 * known.
 */
function to(remotePort: number | string, number?: number, changes: Partial<ForwardSpecification> = {}) {
  return forward('web', number === undefined ? {} : { remotePort: number }, { remotePort, ...changes });
}

test('a browser gets https if the port says so', () => {
  for (const [remotePort, number, scheme] of [
    [80, 80, 'http'],
    [443, 443, 'https'],
    ['https', 6443, 'https'],
    ['web-https', 6443, 'https'],
    ['http', 8080, 'http'],
  ] as const)
    assert.equal(schemeOf(knownPort(to(remotePort, number))), scheme, `${remotePort} ${number}`);
});

test('a browser is offered for probable HTTP: by appProtocol, else by name, else by number', () => {
  for (const offered of [
    ...[80, 443, 8080, 'http', 'web-https', 'http-admin'].map((port) => to(port)),
    ...[to('page', 8080), to(9999, undefined, { portName: 'http' })],
    ...['https', 'HTTP', 'kubernetes.io/ws'].map((appProtocol) => to(9999, undefined, { appProtocol })),
  ])
    assert.equal(looksLikeHttp(knownPort(offered)), true, JSON.stringify(offered.specification));
  const h2c = ['grpc', 'tcp', 'kubernetes.io/h2c', 'example.com/other'];
  for (const other of [
    ...[80, 5432, 25, 'redis', 'httpd2'].map((port) => to(port, 6379)),
    ...['grpc', 'tcp-http2', 'redis'].map((portName) => to(8080, undefined, { portName })),
    ...h2c.map((appProtocol) => to(80, undefined, { appProtocol, portName: 'http' })),
  ])
    assert.equal(looksLikeHttp(knownPort(other)), false, JSON.stringify(other.specification));
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
  const row = present({ state: { type: 'ready', pod: 'web', transport: 'spdy', warning } });
  assert.match(row.description ?? '', /^Pod "web" is not ready; forwarding anyway · /);
  assert.match(row.accessibleName, /ready, Pod "web" is not ready; forwarding anyway/);
  assert.equal(row.icon?.id, 'warning');
});

test('a forward that waits for a sign-in offers it', () => {
  const error = { code: 'CREDENTIALS_FAILED', arguments: { user: 'me', reason: 'no' } } as const;
  const state = { type: 'reconnecting', attempt: 2, error } as const;
  assert.ok(present({ state }).flags.includes('signIn'));
  assert.ok(!present({ state: reconnecting }).flags.includes('signIn'));
});

test('a row shows its log mode, and its menu offers the other modes', () => {
  const rows = (['off', 'metadata', 'record'] as const).map((requestLog) => present({ requestLog }));
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
    presentNames({ requestLog: 'metadata' }),
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
  const row = presentNames({}, ['demo', 'shop']);
  assert.equal(row.label, 'localhost:8900');
  assert.equal(row.description, 'demo, shop (by name)');
  assert.deepEqual(row.flags, ['running', 'gateway', 'bound', 'http', 'logOff', 'recordOff']);
  assert.deepEqual(row.icon, forwardIcon(forward('web')));
  assert.equal(
    row.accessibleName,
    'demo, shop (by name), forwarded to localhost:8900, ready, open connections: 0',
  );
  const counts = { ...NO_TRAFFIC, open: 1, total: 2, failed: 0, bytesSent: 1_234, bytesReceived: 5_600_000 };
  const { description } = presentNames({ counts }, ['demo'], 'dev');
  assert.equal(description, 'demo (by name) · dev · ↑ 1.2 kB ↓ 5.6 MB');
});

test('namespaces without names show the reason, and a failed one has no address to open', () => {
  const error = forbidden('list', 'services', 'shop');
  const namespaces = [
    { name: 'demo', isLoaded: true },
    { name: 'shop', isLoaded: false, error },
  ];
  const partly = presentNames({ namespaces }, ['demo', 'shop']);
  const reason =
    'User "me" cannot list services in namespace "shop" (no role allows it): ask your administrator for a role with verbs: ["list"], resources: ["services"]';
  assert.equal(partly.description, `${reason} · demo, shop (by name)`);
  assert.equal(partly.icon?.id, 'warning');
  const problem = presentNamesProblem(english, 'shop', error);
  assert.deepEqual([problem.label, problem.description], ['shop: Not allowed', reason]);
  const starting = presentNames({ state: { type: 'starting', error } }, ['shop']);
  assert.equal(starting.description, `starting: ${reason} · shop (by name)`);
  const over = presentNames({ ...unbound, state: failed });
  assert.deepEqual(over.flags, ['failed', 'gateway']);
  assert.equal(over.label, 'demo (by name)');
  assert.match(over.description ?? '', /^failed: /);
  const expired = { code: 'UNAUTHORIZED', arguments: { server: 'x', user: 'me' } } as const;
  assert.ok(presentNames({ state: { type: 'reconnecting', error: expired } }).flags.includes('signIn'));
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
  const { url: __, ...linkless } = { ...service, hasSelector: false };
  assert.equal(presentNamedService(english, linkless, false).description, external.description);
});

test('namespaces that are open by name count as one forwarded port', () => {
  assert.equal(
    presentStatusBar(english, [forward('web'), gateway(['demo', 'shop'])])?.accessibleName,
    '2 ports forwarded',
  );
  const troubled = gateway(['demo'], { state: { type: 'reconnecting', error: lost } });
  assert.equal(presentStatusBar(english, [troubled])?.text, '$(warning) 1');
});
