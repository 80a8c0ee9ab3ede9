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

/**
 * Returns V8's function `gc`. Node was started without `--expose-gc`, so this sets the flag for a moment and creates a
 * new context: V8 defines `gc` in new contexts while the flag is set.
 */
export function garbageCollector(): (options: CollectionOptions) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: CollectionOptions) => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
