import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Service } from '../../../../src/kube/cluster/resources.ts';
import { parsePortRequests } from '../../../../src/kube/target/portRequest.ts';
import { resolvePodPorts, resolveServicePorts } from '../../../../src/kube/target/resolvePorts.ts';
import { apiFixture } from '../../../support/apiFixture.ts';
import { coded } from '../../../support/coded.ts';

const pods = apiFixture<{ items: Pod[] }>('pods-demo.json').items;
const services = apiFixture<{ items: Service[] }>('services-demo.json').items;
const named = <T extends Pod | Service>(items: readonly T[], name: string): T => {
  const found = items.find(({ metadata }) => metadata?.name?.startsWith(name));
  assert.ok(found, name);
  return found;
};

function podWith(ports: object[], initPorts: object[] = []): Pod {
  return {
    metadata: { name: 'p' },
    spec: {
      containers: [{ name: 'a', ports }],
      initContainers: [
        { name: 'sidecar', restartPolicy: 'Always', ports: initPorts },
        { name: 'init', ports: [{ name: 'setup', containerPort: 1 }] },
      ],
    },
  } as unknown as Pod;
}

function serviceWith(ports: object[], more: object = {}): Service {
  return { metadata: { name: 's' }, spec: { ports, ...more } } as unknown as Service;
}

const ofPod = (pod: Pod, ...ports: string[]) => resolvePodPorts(pod, parsePortRequests(ports));
const ofService = (service: Service, pod: Pod, ...ports: string[]) =>
  resolveServicePorts(service, pod, parsePortRequests(ports));

const throws = (resolve: () => unknown, ...expected: Parameters<typeof coded>) =>
  assert.throws(resolve, coded(...expected));

test('ports of a recorded pod and its services are resolved', () => {
  const echo = named(pods, 'echo');
  assert.deepEqual(ofPod(echo, 'echo', ':http', '9:1234'), [
    { local: 7, remote: 7 },
    { local: 0, remote: 8080 },
    { local: 9, remote: 1234 },
  ]);
  assert.deepEqual(ofService(named(services, 'echo'), echo, '80', 'echo', '8000:http'), [
    { local: 80, remote: 8080 },
    { local: 7, remote: 7 },
    { local: 8000, remote: 8080 },
  ]);
});

test('named ports of sidecars count, and those of init containers do not', () => {
  const pod = podWith([{ name: 'http', containerPort: 80 }], [{ name: 'admin', containerPort: 15_000 }]);
  assert.deepEqual(ofPod(pod, 'admin'), [{ local: 15_000, remote: 15_000 }]);
  throws(() => ofPod(pod, 'setup'), 'PORT_NAME_NOT_FOUND', /available: "http" \(80\), "admin" \(15000\)$/);
  throws(() => ofPod(podWith([{ containerPort: 80 }]), 'http'), 'PORT_NAME_NOT_FOUND', /available: none$/);
});

test('UDP is refused unless the number is TCP as well', () => {
  const pod = podWith([
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
    { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
    { name: 'syslog', containerPort: 514, protocol: 'UDP' },
  ]);
  assert.deepEqual(ofPod(pod, '5353:53'), [{ local: 5353, remote: 53 }]);
  throws(() => ofPod(pod, '514'), 'UDP_NOT_SUPPORTED', /port 514 of pod "p" uses UDP/);
  throws(() => ofPod(pod, 'syslog'), 'UDP_NOT_SUPPORTED', /port syslog of pod "p"/);
  const service = serviceWith([
    { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
    { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 5353 },
    { name: 'syslog', port: 514, protocol: 'UDP' },
  ]);
  assert.deepEqual(ofService(service, pod, '53'), [{ local: 53, remote: 5353 }]);
  throws(() => ofService(service, pod, '514'), 'UDP_NOT_SUPPORTED', /port 514 of service "s"/);
  throws(() => ofService(service, pod, 'dns'), 'UDP_NOT_SUPPORTED', /port dns of service "s"/);
});

test('a target port may be a number, a name, missing or zero, and is unused for a headless service', () => {
  const pod = podWith([{ name: 'web', containerPort: 3000 }]);
  const service = (port: object, more?: object) => serviceWith([{ port: 80, ...port }], more);
  assert.deepEqual(ofService(service({ targetPort: 8080 }), pod, '80'), [{ local: 80, remote: 8080 }]);
  assert.deepEqual(ofService(service({ targetPort: 'web' }), pod, '80'), [{ local: 80, remote: 3000 }]);
  assert.deepEqual(ofService(service({}), pod, '80'), [{ local: 80, remote: 80 }]);
  assert.deepEqual(ofService(service({ targetPort: 0 }), pod, '80'), [{ local: 80, remote: 80 }]);
  const headless = service({ targetPort: 8080 }, { clusterIP: 'None' });
  assert.deepEqual(ofService(headless, pod, '80'), [{ local: 80, remote: 80 }]);
  throws(
    () => ofService(service({ targetPort: 'gone' }), pod, '80'),
    'PORT_NAME_NOT_FOUND',
    /pod "p" has no port named "gone"/,
  );
});

test('an undeclared service port is refused', () => {
  const service = serviceWith([{ port: 80, name: 'http' }, { port: 443 }]);
  throws(
    () => ofService(service, podWith([]), '8080'),
    'SERVICE_PORT_NOT_FOUND',
    /available: 80 \("http"\), 443$/,
  );
  throws(
    () => ofService(service, podWith([]), 'https'),
    'PORT_NAME_NOT_FOUND',
    /service "s" has no port named "https"/,
  );
  throws(() => ofService(serviceWith([]), podWith([]), '80'), 'SERVICE_PORT_NOT_FOUND', /available: none$/);
});

test('local ports that turn out to be equal are refused', () => {
  const pod = podWith([{ name: 'http', containerPort: 80 }]);
  throws(() => ofPod(pod, 'http', '80'), 'DUPLICATE_LOCAL_PORT', /local port 80/);
});
