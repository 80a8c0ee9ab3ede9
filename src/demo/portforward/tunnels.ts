import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ActivityLog } from '../activity.ts';
import type { FaultRegistry, TransportName } from '../faults.ts';
import type { Gate } from './gate.ts';

/**
 * How to drop a tunnel: `close` closes the TCP connection, `reset` resets it, and `silence` keeps it open but passes no
 * more bytes.
 */
export type DropMode = 'close' | 'reset' | 'silence';

/** An open tunnel. Faults select a tunnel by its transport, namespace and pod. */
export interface DemoTunnel {
  readonly transport: TransportName;
  readonly user: string;
  readonly namespace: string;
  readonly pod: string;
  readonly gate: Gate;
  /** Resets the TCP connection of the tunnel. */
  reset(): void;
}

/** The tunnels to drop: all tunnels that match every given field. */
export interface TunnelSelection {
  readonly transport?: TransportName;
  readonly namespace?: string;
  readonly pod?: string;
  /** The maximum number of tunnels to drop, oldest first. Optional, default: all. */
  readonly count?: number;
}

/**
 * The registry of all open tunnels. It stops the bytes in all tunnels when a `freeze` fault begins, and lets them
 * continue when the fault ends. Tests use the registry to drop tunnels.
 */
export class TunnelRegistry implements Disposable {
  readonly #activity: ActivityLog;
  readonly #faults: FaultRegistry;
  readonly #open = new Set<DemoTunnel>();
  readonly #silenced = new WeakSet<DemoTunnel>();
  readonly #owned = new DisposableStore();

  constructor(activity: ActivityLog, faults: FaultRegistry) {
    this.#activity = activity;
    this.#faults = faults;
    this.#owned.add(faults.onDidThaw(() => this.#thaw()));
    this.#owned.add(faults.onDidFreeze(() => this.#freeze()));
  }

  /** Adds a tunnel. When the tunnel's gate closes, the registry removes the tunnel. */
  add(tunnel: DemoTunnel): void {
    this.#open.add(tunnel);
    this.#activity.countTunnel(tunnel.transport);
    const closed = this.#activity.open('openTunnels');
    tunnel.gate.once('close', () => {
      this.#open.delete(tunnel);
      closed();
    });
    if (this.#faults.isFrozen) tunnel.gate.shut();
  }

  /** Drops the selected tunnels. Returns how many tunnels were dropped. */
  drop(mode: DropMode, selection: TunnelSelection = {}): number {
    const selected = [...this.#open]
      .filter((tunnel) => !this.#silenced.has(tunnel) && isSelected(tunnel, selection))
      .slice(0, selection.count);
    for (const tunnel of selected) {
      if (mode === 'reset') tunnel.reset();
      else if (mode === 'close') tunnel.gate.destroy();
      else {
        this.#silenced.add(tunnel);
        tunnel.gate.silence();
      }
    }
    return selected.length;
  }

  dispose(): void {
    this.#owned.dispose();
    for (const { gate } of [...this.#open]) gate.destroy();
  }

  #freeze(): void {
    for (const tunnel of this.#open) {
      if (!this.#silenced.has(tunnel)) tunnel.gate.shut();
    }
  }

  #thaw(): void {
    for (const tunnel of this.#open) {
      if (!this.#silenced.has(tunnel)) tunnel.gate.open();
    }
  }
}

function isSelected(tunnel: DemoTunnel, { transport, namespace, pod }: TunnelSelection): boolean {
  return (
    (transport === undefined || transport === tunnel.transport) &&
    (namespace === undefined || namespace === tunnel.namespace) &&
    (pod === undefined || pod === tunnel.pod)
  );
}
