import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are really in use, inside of V8's heap and outside: what garbage there was is collected first. */
export async function usedMemory(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    // Array buffers are freed, and finalizers run, in a turn of their own.
    await nextTurn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
