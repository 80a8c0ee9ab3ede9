import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ActivityLog } from '../activity.ts';
import type { FaultRegistry, TransportName } from '../faults.ts';
import type { Gate } from './gate.ts';

/** How a tunnel is dropped: orderly, with a TCP reset, or by silence. */
export type DropMode = 'close' | 'reset' | 'silence';

/** An open tunnel, as faults see it. */
export interface DemoTunnel {
  readonly transport: TransportName;
  readonly user: string;
  readonly namespace: string;
  readonly pod: string;
  readonly gate: Gate;
  /** Resets the TCP connection underneath. */
  reset(): void;
}

/** The tunnels to drop: all that match the given fields. */
export interface TunnelSelection {
  readonly transport?: TransportName;
  readonly namespace?: string;
  readonly pod?: string;
  /** How many to drop, oldest first. Optional, default: all. */
  readonly count?: number;
}

/** The open tunnels. */
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

  /** Keeps the tunnel until its gate closes. */
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

  /** Drops the selected tunnels; returns how many there were. */
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
