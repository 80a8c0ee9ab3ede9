import { IMAGE } from '../../src/demo/entry.ts';
import { APP_PORT } from './demoApp.ts';

/** The pod spec in the manifests below, which tests pass to `kubectl apply`. The pod echoes all bytes. */
const TEMPLATE_SPEC = {
  containers: [
    { name: 'echo', image: `${IMAGE.echo}:1.4`, ports: [{ name: 'echo', containerPort: APP_PORT }] },
  ],
};

/** @param controllerKind the kind of a controller that the cluster does not have; optional, default: no controller */
export function podManifest(name: string, controllerKind?: string): object {
  const owner = { apiVersion: 'example.test/v1', name, uid: `uid-of-${name}`, controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: name },
      ...(controllerKind && { ownerReferences: [{ ...owner, kind: controllerKind }] }),
    },
    spec: TEMPLATE_SPEC,
  };
}

export function serviceManifest(name: string, app = name, targetPort: number | string = APP_PORT): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports: [{ port: APP_PORT, targetPort }] },
  };
}

export function workloadManifest(kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', name: string): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: TEMPLATE_SPEC } },
  };
}

export function replicationControllerManifest(name: string): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: TEMPLATE_SPEC };
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name },
    spec: { selector: labels, template },
  };
}
