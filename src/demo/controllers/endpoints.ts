import { isOwnedBy, randomSuffix } from '../objects/metadata.ts';
import { createEndpointSlice } from '../objects/services.ts';
import { hasLabels } from '../selectors.ts';
import type { ControllerEnvironment } from './controllerEnvironment.ts';

/**
 * Updates the EndpointSlice of a Service after the Service or its pods have changed. Ignores Services without a
 * selector.
 */
export function reconcileEndpoints({ store }: ControllerEnvironment, namespace: string, name: string): void {
  const service = store.get('services', namespace, name);
  const selector = service?.spec.selector;
  if (service === undefined || selector === undefined || Object.keys(selector).length === 0) return;
  const pods = store.list('pods', namespace).filter((pod) => hasLabels(pod, selector));
  const wanted = createEndpointSlice(service, pods, randomSuffix());
  const existing = store
    .list('endpointslices.discovery.k8s.io', namespace)
    .find((slice) => isOwnedBy(slice, service));
  if (existing === undefined) {
    store.put('endpointslices.discovery.k8s.io', wanted);
    return;
  }
  const { endpoints, ports } = wanted;
  const isSame = JSON.stringify([existing.endpoints, existing.ports]) === JSON.stringify([endpoints, ports]);
  if (isSame) return;
  const generation = (existing.metadata.generation ?? 1) + 1;
  store.put('endpointslices.discovery.k8s.io', {
    ...existing,
    metadata: { ...existing.metadata, generation },
    endpoints,
    ports,
  });
}
