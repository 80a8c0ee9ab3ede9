import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_TRAFFIC } from '../../../../src/kinds/forwardCounters.ts';
import { LastLocalPorts } from '../../../../src/ui/forwards/lastLocalPorts.ts';
import { connector, forwards, gateways, host } from '../../../support/fakeWindow.ts';
import { forward, gateway, target } from '../../../support/uiRows.ts';

test('the local ports of several forwards to one port of a target are not stored again when only their traffic changes', async () => {
  const written: unknown[] = [];
  const ports = new LastLocalPorts(
    {
      get: <T>(_key: string, otherwise: T) => (written.at(-1) as T | undefined) ?? otherwise,
      update: async (_key, value) => void written.push(structuredClone(value)),
    },
    forwards,
    gateways,
  );
  await connector.connect();
  const show = (bytesSent: number, secondPort = 8082) => {
    const counts = { ...NO_TRAFFIC, bytesSent };
    host.setForwards([
      forward('first', { localPort: 8081, counts }, { target: target('web') }),
      forward('second', { localPort: secondPort, counts }, { target: target('web') }),
    ]);
    host.setGateways([
      gateway(['demo'], { id: 'one', localPort: 8901, counts }),
      gateway(['shop'], { id: 'two', localPort: 8902, counts }),
    ]);
  };
  show(0);
  assert.equal(written.length, 4);
  show(1);
  assert.equal(written.length, 4);
  show(2, 9090);
  assert.equal(written.length, 5);
  assert.equal(ports.of(target('web'), 80), 9090);
  ports.dispose();
});

test('the local port of each target is remembered once it is ready, for the latest 200', async () => {
  const values = new Map<string, unknown>();
  const ports = new LastLocalPorts(
    {
      get: <T>(key: string, otherwise: T) => (values.get(key) as T | undefined) ?? otherwise,
      update: async (key, value) => void values.set(key, structuredClone(value)),
    },
    forwards,
    gateways,
  );
  await connector.connect();
  assert.equal(ports.of(target('web'), 80), undefined);
  host.setForwards([
    forward('web', { localPort: 8081 }),
    forward('db', { localPort: 5432, state: { type: 'starting' } }),
  ]);
  assert.equal(ports.of(target('web'), 80), 8081);
  assert.equal(ports.of(target('web'), 81), undefined);
  assert.equal(ports.of(target('web', { namespace: 'other' }), 80), undefined);
  assert.equal(ports.of(target('db'), 80), undefined);
  host.setForwards([forward('web', { localPort: 9090 })]);
  assert.equal(ports.of(target('web'), 80), 9090);
  for (let index = 0; index < 200; index++) host.setForwards([forward(`pod-${index}`)]);
  assert.equal(ports.of(target('web'), 80), undefined);
  assert.equal(ports.of(target('pod-0'), 80), 8080);
  const { context } = target('web');
  assert.equal(ports.ofContext(context), undefined);
  host.setGateways([gateway(['demo'], { localPort: 8901 })]);
  assert.equal(ports.ofContext(context), 8901);
  assert.equal(ports.ofContext({ ...context, context: 'other' }), undefined);
  ports.dispose();
});
