import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { delay } from '../../src/base/async.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Returns the bytes in use inside and outside of V8's heap, after a collection of garbage. */
export async function usedMemory(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    collectGarbage();
    // Waits, because V8 frees array buffers and runs finalizers in a later turn of the event loop.
    await delay(1);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
