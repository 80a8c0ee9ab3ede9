import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The collection to run: `minor` for young objects only, `last-resort` to return pages to the system. */
export interface CollectionOptions {
  readonly type: 'minor' | 'major';
  readonly execution: 'sync';
  readonly flavor?: 'last-resort';
}

/** Returns V8's garbage collector, which a program gets without a command line option only in this way. */
export function garbageCollector(): (options: CollectionOptions) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: CollectionOptions) => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
