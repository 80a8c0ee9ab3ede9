import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * The garbage collection to run: the type `minor` collects only young objects, and the flavor `last-resort` also
 * returns unused memory to the system.
 */
export interface CollectionOptions {
  readonly type: 'minor' | 'major';
  readonly execution: 'sync';
  readonly flavor?: 'last-resort';
}

/**
 * Returns V8's function `gc`. V8 defines `gc` only in contexts that are created while the flag `--expose-gc` is set,
 * and Node was started without this flag. So this function sets the flag for a moment and creates a new context.
 */
export function garbageCollector(): (options: CollectionOptions) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: CollectionOptions) => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
