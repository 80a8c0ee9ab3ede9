import { BufferScavenger } from '../base/bufferScavenger.ts';
import { forwardPod } from './forwardPod.ts';
import type { EngineRequest } from './request.ts';

/**
 * Returns a {@link forwardPod} that also frees the buffers of transfers early, for a process that does little except forwarding. In
 * the process of another program, use `forwardPod`, which does not touch the garbage collector.
 */
export function scavengingForward(
  scavenger: BufferScavenger = new BufferScavenger(),
): (request: EngineRequest) => Promise<void> {
  return (request) => forwardPod({ ...request, onPayload: (bytes) => scavenger.add(bytes) });
}
