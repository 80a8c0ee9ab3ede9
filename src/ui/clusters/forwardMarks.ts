import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { forwardedAddress, isBound } from '../present/forwardText.ts';
import { looksLikeHttp } from '../present/portProtocol.ts';
import { portKey, targetKey } from './clusterNodes.ts';

export interface Mark {
  readonly forwardId: string;
  readonly address: string;
  /** Whether a browser can show the forward. */
  readonly isHttp: boolean;
  /** Whether the forward carries traffic now. */
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

  /** Updates the marks from the current forwards. Returns the ids of the nodes that changed. */
  update(forwards: readonly ForwardSnapshot[]): readonly string[] {
    const before = this.#marks;
    this.#marks = marksOf(forwards);
    const ids = new Set([...before.keys(), ...this.#marks.keys()]);
    return [...ids].filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(this.#marks.get(id)));
  }
}

/** A forward marks its target, the pod that it reaches, and the port of each. */
function marksOf(forwards: readonly ForwardSnapshot[]): ReadonlyMap<string, readonly Mark[]> {
  const marks = new Map<string, Mark[]>();
  for (const forward of forwards) {
    const address = forwardedAddress(forward);
    // Not while it starts: it may still fail.
    if (address === undefined || !isBound(forward) || forward.state.type === 'starting') continue;
    const ids = new Set(markedIds(forward));
    const mark = {
      forwardId: forward.id,
      address,
      isHttp: looksLikeHttp(forward),
      isReady: forward.state.type === 'ready',
    };
    for (const id of ids) marks.set(id, [...(marks.get(id) ?? []), mark]);
  }
  return marks;
}

function markedIds({ specification, state, remotePort: podPort }: ForwardSnapshot): readonly string[] {
  const { target, remotePort } = specification;
  const ids = [targetKey(target), portKey(target, remotePort)];
  if (state.type !== 'ready') return ids;
  const pod = { ...target, kind: 'pod', name: state.pod } as const;
  ids.push(targetKey(pod));
  if (podPort !== undefined) ids.push(portKey(pod, podPort));
  return ids;
}
