import type { Store } from '../store.ts';
import type { PodLifecycle } from './podLifecycle.ts';

/** The parts that controllers work with. */
export interface ControllerEnvironment {
  readonly store: Store;
  readonly pods: PodLifecycle;
}
