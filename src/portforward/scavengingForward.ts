import { BufferScavenger } from '../base/bufferScavenger.ts';
import { forwardPod } from './forwardPod.ts';
import type { EngineRequest } from './request.ts';

/**
 * Returns {@link forwardPod} for a process that does little else than forward: it also frees the buffers of transfers early. In
 * a process of somebody else's the collector is left alone.
 */
export function scavengingForward(
  scavenger: BufferScavenger = new BufferScavenger(),
): (request: EngineRequest) => Promise<void> {
  return (request) => forwardPod({ ...request, onPayload: (bytes) => scavenger.add(bytes) });
}
