import type { ForwardSnapshot, ForwardSpecification } from '../../rpc/contract.ts';
import type { ForwardsModel } from './forwardsModel.ts';
import { type Held, Holds } from './holds.ts';

/** A forward that a task, an extension or a tool of this window holds. */
export type HeldForward = Held<ForwardSnapshot>;

/** Forwards of tasks, extensions and tools. */
export class HeldForwards extends Holds<ForwardSpecification, ForwardSnapshot> {
  constructor(model: ForwardsModel) {
    super(model, () => model.forwards);
  }
}
