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
  /** Closes all sockets of the API server, and listens again on the same port. */
  restart(): Promise<void>;
}

/** The faults that tests and the admin endpoint can cause. */
export class DemoFaults {
  readonly #options: DemoFaultsOptions;
  readonly pods: DemoPods;
  readonly activity: ActivityLog;

  constructor(options: DemoFaultsOptions) {
    this.#options = options;
    this.pods = options.pods;
    this.activity = options.activity;
  }

  /**
   * Turns a fault on. The fault ends after `durationMs` (optional, default: no limit). A fault with the field `times`
   * also ends when it has affected that many requests. To end the fault earlier, dispose of the returned object, or
   * call {@link remove} or {@link clear}.
   */
  add(fault: Fault, durationMs?: number): Disposable & { readonly id: number } {
    return this.#options.registry.add(fault, durationMs);
  }

  /** Turns a fault off. Returns whether the fault was on. */
  remove(id: number): boolean {
    return this.#options.registry.remove(id);
  }

  /** Turns all faults off. Tunnels that {@link dropTunnels} silenced stay silent. */
  clear(): void {
    this.#options.registry.clear();
  }

  list(): readonly { readonly id: number; readonly fault: Fault }[] {
    return this.#options.registry.list();
  }

  /** Drops open tunnels. Returns how many tunnels were dropped. */
  dropTunnels(mode: DropMode, selection?: TunnelSelection): number {
    return this.#options.tunnels.drop(mode, selection);
  }

  /**
   * Makes all current resource versions too old. A watch or a paged list that continues from such a version fails with
   * code 410.
   */
  expireResourceVersions(): void {
    this.#options.store.expire();
  }

  /**
   * Closes the API server and all its connections, and starts the server again on the same port with the same objects.
   */
  restart(): Promise<void> {
    return this.#options.restart();
  }
}
