import type { PodReference } from '../../kinds/forwardNotice.ts';

/** How long to wait for the server's answer to a handshake before the next transport is tried. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;

/** Returns the path of the pod's `portforward` subresource. */
export function portForwardPath(pod: PodReference): string {
  const namespace = encodeURIComponent(pod.namespace);
  return `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod.name)}/portforward`;
}
