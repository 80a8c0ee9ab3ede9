import { BufferScavenger } from '../base/bufferScavenger.ts';
import { forwardPod } from './forwardPod.ts';
import type { EngineRequest } from './request.ts';

/**
 * Returns a variant of {@link forwardPod} that frees the buffers of transfers early, by running the garbage collector.
 * Use this variant in a process that does little except forwarding. In the process of another program, use
 * `forwardPod`, because garbage collection would pause that program.
 */
export function scavengingForward(
  scavenger: BufferScavenger = new BufferScavenger(),
): (request: EngineRequest) => Promise<void> {
  return (request) => forwardPod({ ...request, onPayload: (bytes) => scavenger.add(bytes) });
}
