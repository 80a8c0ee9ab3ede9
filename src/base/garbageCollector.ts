import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * The garbage collection to run: `minor` collects only young objects, and `last-resort` also returns unused memory to
 * the system.
 */
export interface CollectionOptions {
  readonly type: 'minor' | 'major';
  readonly execution: 'sync';
  readonly flavor?: 'last-resort';
}

/** Returns V8's function `gc`. This is the only way to get the function if Node was started without `--expose-gc`. */
export function garbageCollector(): (options: CollectionOptions) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: CollectionOptions) => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
