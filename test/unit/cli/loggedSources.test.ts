import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { HostLink } from '../../../src/cli/hostLink.ts';
import { chooseSources } from '../../../src/cli/loggedSources.ts';
import type { RequestLogMode } from '../../../src/kinds/exchange.ts';
import { setGatewayRequestLog } from '../../../src/rpc/gatewayContract.ts';
import { coded } from '../../support/coded.ts';
import { FakeHost, readyGateway } from '../../support/fakeHost.ts';

const CONTEXT = { kubeconfig: '/config', context: 'dev' };

/**
 * Returns a host with a gateway. `requestLog` is the log mode of the gateway itself. `services` contains the log mode
 * of the service in each namespace.
 */
async function hostWith(requestLog: RequestLogMode, services: Readonly<Record<string, RequestLogMode>>) {
  const host = new FakeHost();
  host.answers.set(setGatewayRequestLog.method, () => {});
  const start = { context: CONTEXT, localPort: { mode: 'exact', port: 8900 } } as const;
  const gateway = readyGateway({ ...start, namespaces: Object.keys(services) }, '1');
  host.gateways = [
    {
      ...gateway,
      requestLog,
      services: gateway.services.map((service) => ({
        ...service,
        requestLog: services[service.namespace] ?? requestLog,
      })),
    },
  ];
  const link = new HostLink(await host.joinOrStart());
  const choose = async (name: string) => {
    const [source] = await chooseSources(link, [name], {});
    return source ?? assert.fail('no source');
  };
  return { host, link, choose };
}

test('if the log of a gateway is off, the log of the whole gateway is switched on, and a recorded service stays recorded', async () => {
  const { host, link, choose } = await hostWith('off', { demo: 'record', staging: 'metadata', test: 'off' });
  const source = await choose('8900');
  assert.deepEqual([source.isOff, source.isOn], [false, false]);
  await source.switchOn(link);
  assert.deepEqual(host.sent(setGatewayRequestLog), [
    { id: '1', mode: 'metadata' },
    { id: '1', service: 'web.demo', mode: 'record' },
  ]);
});

test('if the log of a gateway is on, only the logs of services that are off are switched on', async () => {
  const { host, link, choose } = await hostWith('record', {
    demo: 'off',
    staging: 'metadata',
    test: 'record',
  });
  const source = await choose('8900');
  assert.deepEqual([source.isOff, source.isOn], [false, false]);
  await source.switchOn(link);
  assert.deepEqual(host.sent(setGatewayRequestLog), [{ id: '1', service: 'web.demo', mode: 'metadata' }]);
});

test('the log of a whole gateway is switched on even if a service has disappeared, but a named service must exist', async () => {
  for (const requestLog of ['off', 'record'] as const) {
    const { host, link, choose } = await hostWith(requestLog, {
      demo: requestLog === 'off' ? 'record' : 'off',
    });
    const [whole, service] = [await choose('8900'), await choose('web.demo')];
    host.answers.set(setGatewayRequestLog.method, ({ service: name }: { readonly service?: string }) => {
      if (name !== undefined)
        throw new CodedError('NAME_UNKNOWN', { name, namespaces: 'demo', known: 'none' });
    });
    await whole.switchOn(link);
    if (service.isOff) await assert.rejects(service.switchOn(link), coded('NAME_UNKNOWN'));
  }
});

test('a gateway counts as on if its log and the logs of all services are on, and as off if all these logs are off', async () => {
  const on = await (await hostWith('metadata', { demo: 'record' })).choose('8900');
  assert.deepEqual([on.isOff, on.isOn], [false, true]);
  const off = await (await hostWith('off', { demo: 'off' })).choose('8900');
  assert.deepEqual([off.isOff, off.isOn], [true, false]);
  const forLater = await (await hostWith('off', { demo: 'metadata' })).choose('8900');
  assert.equal(forLater.isOn, false, 'a service that appears later is not logged');
});

test('only the log of the named service is switched on, even if the log of its gateway is on', async () => {
  const { host, link, choose } = await hostWith('metadata', { demo: 'off', staging: 'record' });
  const source = await choose('web.demo');
  assert.deepEqual([source.isOff, source.isOn], [true, false]);
  await source.switchOn(link);
  assert.deepEqual(host.sent(setGatewayRequestLog), [{ id: '1', service: 'web.demo', mode: 'metadata' }]);
});
