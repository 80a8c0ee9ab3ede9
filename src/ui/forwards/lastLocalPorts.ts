import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { Event } from '../../base/event.ts';
import { type ContextReference, contextKey, type TargetReference } from '../../rpc/clustersContract.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { targetKey } from '../clusters/clusterNodes.ts';
import type { KeyValueStore } from '../clusters/rememberedNamespaces.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import type { ForwardsModel } from './forwardsModel.ts';

const KEY = 'lastLocalPorts';
/**
 * The maximum number of ports to remember. If there are more, the oldest are removed. Without a maximum, the list would
 * grow forever: every new pod has a new name, so each forward to a pod adds a port.
 */
const MAX_REMEMBERED = 200;

type Remembered = readonly (readonly [key: string, port: number])[];

/**
 * Remembers the last local port of the forwards to each port of a target, and of the gateway of each context. A later
 * forward to the same port of the target, or a later gateway of the same context, prefers the remembered local port.
 */
export class LastLocalPorts implements Disposable {
  readonly #store: KeyValueStore;
  readonly #owned = new DisposableStore();

  constructor(
    store: KeyValueStore,
    model: ForwardsModel,
    gateways: Pick<GatewaysModel, 'all' | 'onDidChange'>,
  ) {
    this.#store = store;
    this.#follow(model, ({ specification: { target, remotePort } }) => portKey(target, remotePort));
    this.#follow(gateways, ({ specification }) => contextKey(specification.context));
  }

  /** Returns the last local port of the gateway of a context. Undefined if no port is remembered. */
  ofContext(context: ContextReference): number | undefined {
    return this.#find(contextKey(context));
  }

  of(target: TargetReference, remotePort: number | string): number | undefined {
    return this.#find(portKey(target, remotePort));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /**
   * Remembers the local port of each forward or gateway when it becomes ready, and not at each later change of the
   * list. Otherwise, two forwards to the same port of a target would replace each other's remembered port whenever the
   * traffic of a forward changes.
   */
  #follow<T extends ForwardSnapshot | GatewaySnapshot>(
    model: { readonly all: readonly T[]; readonly onDidChange: Event<void> },
    keyOf: (one: T) => string,
  ): void {
    let ready: ReadonlyMap<string, number> = new Map();
    this.#owned.add(
      model.onDidChange(() => {
        const now = new Map<string, number>();
        for (const one of model.all) {
          if (one.state.type !== 'ready' || one.localPort === undefined) continue;
          now.set(one.id, one.localPort);
          if (ready.get(one.id) !== one.localPort) this.#remember(keyOf(one), one.localPort);
        }
        ready = now;
      }),
    );
  }

  #find(key: string): number | undefined {
    return this.#all().find(([candidate]) => candidate === key)?.[1];
  }

  #remember(key: string, port: number): void {
    if (this.#find(key) === port) return;
    const others = this.#all().filter(([candidate]) => candidate !== key);
    this.#store.update(KEY, [...others, [key, port]].slice(-MAX_REMEMBERED)).then(undefined, () => {});
  }

  #all(): Remembered {
    return this.#store.get<Remembered>(KEY, []);
  }
}

function portKey(target: TargetReference, remotePort: number | string): string {
  return JSON.stringify([targetKey(target), remotePort]);
}
