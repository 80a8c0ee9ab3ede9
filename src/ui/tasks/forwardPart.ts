import { raceAbort } from '../../base/async.ts';
import type { ForwardSpecification } from '../../rpc/forwardsContract.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForwards } from '../forwards/holds.ts';
import { forwardedAddress, forwardTarget } from '../present/forwardText.ts';
import type { TaskPart } from './taskPart.ts';

/** A forward that a task starts. */
export interface TaskForward {
  readonly name: string;
  /** Creates the specification. Rejects if the task names a saved forward or a context that does not exist. */
  readonly specification: () => Promise<ForwardSpecification>;
}

export interface ForwardPartServices {
  readonly held: HeldForwards;
  readonly forwards: ForwardsModel;
}

/**
 * Returns the {@link TaskPart} for a forward. Its method `hold` starts the forward, with the task as a user (holder):
 * the forward keeps running until the task, and all other holders, have released it.
 * @param task the task's name, which all windows show as the name of the holder
 */
export function forwardPart(
  { name, specification }: TaskForward,
  task: string,
  { held, forwards }: ForwardPartServices,
): TaskPart {
  return {
    ...{ name, type: 'port', onDidChange: forwards.onDidChange },
    async hold(signal, onState) {
      const wanted = await raceAbort(specification(), signal);
      const forward = await held.hold(wanted, { kind: 'task', name: task }, signal, ({ state }) =>
        onState(state),
      );
      return {
        get state() {
          return forward.current?.state;
        },
        get text() {
          const { current } = forward;
          return current === undefined
            ? ''
            : `${forwardedAddress(current) ?? ''} → ${forwardTarget(current)}`;
        },
        get restart() {
          const { id = '' } = forward.current ?? {};
          // The host does not list a forward that it refused to start, so the host cannot restart this forward.
          if (forwards.find(id) === undefined) return undefined;
          return async () => (await forwards.restart(id)).state;
        },
        release: () => forward.release(),
      };
    },
  };
}
