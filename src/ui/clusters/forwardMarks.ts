import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { forwardedAddress, isBound } from '../present/forwardText.ts';
import { targetKey } from './clusterNodes.ts';

export interface Mark {
  readonly forwardId: string;
  readonly address: string;
  /** Whether it carries traffic now. */
  readonly isReady: boolean;
}

/** The forwarded targets of the tree with their local addresses, by node id. */
export class ForwardMarks {
  #marks: ReadonlyMap<string, readonly Mark[]>;

  constructor(forwards: readonly ForwardSnapshot[]) {
    this.#marks = marksOf(forwards);
  }

  of(nodeId: string): readonly Mark[] {
    return this.#marks.get(nodeId) ?? [];
  }

  forwardIds(nodeId: string): readonly string[] {
    return this.of(nodeId).map((mark) => mark.forwardId);
  }

  /** Updates the marks from the current forwards. Returns the ids of the nodes that changed. */
  update(forwards: readonly ForwardSnapshot[]): readonly string[] {
    const before = this.#marks;
    this.#marks = marksOf(forwards);
    const ids = new Set([...before.keys(), ...this.#marks.keys()]);
    return [...ids].filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(this.#marks.get(id)));
  }
}

/** A forward marks its target and the pod that it reaches. */
function marksOf(forwards: readonly ForwardSnapshot[]): ReadonlyMap<string, readonly Mark[]> {
  const marks = new Map<string, Mark[]>();
  for (const forward of forwards) {
    const address = forwardedAddress(forward);
    // Not while it starts: it may still fail.
    if (address === undefined || !isBound(forward) || forward.state.type === 'starting') continue;
    const { target } = forward.specification;
    const ids = new Set([targetKey(target)]);
    if (forward.state.type === 'ready') {
      ids.add(targetKey({ ...target, kind: 'pod', name: forward.state.pod }));
    }
    const mark = { forwardId: forward.id, address, isReady: forward.state.type === 'ready' };
    for (const id of ids) marks.set(id, [...(marks.get(id) ?? []), mark]);
  }
  return marks;
}
