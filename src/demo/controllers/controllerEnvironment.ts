import type { Store } from '../store.ts';
import type { PodLifecycle } from './podLifecycle.ts';

/** The parts of the demo cluster that controllers use. */
export interface ControllerEnvironment {
  readonly store: Store;
  readonly pods: PodLifecycle;
}
