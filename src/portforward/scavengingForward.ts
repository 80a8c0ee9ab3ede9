import { BufferScavenger } from '../base/bufferScavenger.ts';
import { portForwardPod } from './portForwardPod.ts';
import type { PortForwardRequest } from './request.ts';

/**
 * Returns {@link portForwardPod} for a process that does little else than forward: it also frees the buffers of transfers early. In
 * a process of somebody else's the collector is left alone.
 */
export function scavengingForward(
  scavenger: BufferScavenger = new BufferScavenger(),
): (request: PortForwardRequest) => Promise<void> {
  return (request) => portForwardPod({ ...request, onPayload: (bytes) => scavenger.add(bytes) });
}
