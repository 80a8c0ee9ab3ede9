import type { Disposable } from '../base/disposable.ts';
import type { ActivityLog } from './activity.ts';
import type { DemoPods } from './demoPods.ts';
import type { Fault, FaultRegistry } from './faults.ts';
import type { DropMode, TunnelRegistry, TunnelSelection } from './portforward/tunnels.ts';
import type { Store } from './store.ts';

export interface DemoFaultsOptions {
  readonly registry: FaultRegistry;
  readonly tunnels: TunnelRegistry;
  readonly store: Store;
  readonly pods: DemoPods;
  readonly activity: ActivityLog;
  /** Closes the listener and every socket, and listens again on the same port. */
  restart(): Promise<void>;
}

/** All faults that tests and the admin endpoint can switch on. */
export class DemoFaults {
  readonly #options: DemoFaultsOptions;
  readonly pods: DemoPods;
  readonly activity: ActivityLog;

  constructor(options: DemoFaultsOptions) {
    this.#options = options;
    this.pods = options.pods;
    this.activity = options.activity;
  }

  /** Switches a fault on for `durationMs`, or until it is lifted by disposing the result, {@link remove} or {@link clear}. */
  add(fault: Fault, durationMs?: number): Disposable & { readonly id: number } {
    return this.#options.registry.add(fault, durationMs);
  }

  /** Lifts one fault; returns whether the id existed. */
  remove(id: number): boolean {
    return this.#options.registry.remove(id);
  }

  /** Lifts all faults. Silenced tunnels stay silent. */
  clear(): void {
    this.#options.registry.clear();
  }

  list(): readonly { readonly id: number; readonly fault: Fault }[] {
    return this.#options.registry.list();
  }

  /** Drops open tunnels; returns their number. */
  dropTunnels(mode: DropMode, selection?: TunnelSelection): number {
    return this.#options.tunnels.drop(mode, selection);
  }

  /** Makes every resourceVersion that the server has given out too old: watches and pages that begin at one get a 410. */
  expireResourceVersions(): void {
    this.#options.store.expire();
  }

  /** Closes the API server with all its connections and starts it again on the same port, with the same objects. */
  restart(): Promise<void> {
    return this.#options.restart();
  }
}
