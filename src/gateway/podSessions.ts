import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { CodedError } from '../base/errors.ts';
import { type Event, until } from '../base/event.ts';
import { addCounters, type ForwardCounters, NO_TRAFFIC } from '../kinds/forwardCounters.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import { AlarmClock } from '../portforward/alarmClock.ts';
import type { CreateTapOwner } from '../portforward/connectionTap.ts';
import type { ClientInspector, ConnectionHandler } from '../portforward/listener.ts';
import type { ClusterAccess } from '../session/kubeTarget.ts';
import type { ServerProbe } from '../session/ports.ts';
import { Session } from '../session/session.ts';
import type { ForwardPod } from '../session/sessionOptions.ts';
import type { PodEndpoint } from './location.ts';
import type { NamespaceDirectory } from './namespaceDirectory.ts';
import { PodTarget } from './podTarget.ts';

export interface PodSessionsOptions {
  readonly access: (signal: AbortSignal) => Promise<ClusterAccess>;
  readonly clock: Clock;
  readonly probe: ServerProbe;
  readonly transport?: TransportName | undefined;
  /** Fires when the machine wakes from sleep, so that sessions replace their tunnels, which may be dead. Optional. */
  readonly onDidWake?: Event<void>;
  /** Fires when the user has signed in, so that sessions that wait for credentials try again at once. Optional. */
  readonly onDidSignIn?: Event<void> | undefined;
  readonly onNotice: (pod: string, notice: ForwardNotice) => void;
  /**
   * Called with a connection that its pod can no longer serve. The callback must connect the local client to another
   * pod. No byte of the connection has been read, so the other pod gets all bytes.
   */
  readonly onTurnedAway: ConnectionHandler;
  /**
   * Called for each new connection, so that its requests can be logged. The `tap` of the returned object receives the
   * bytes of the connection. `tap` is undefined while the request log is off. Optional.
   */
  readonly createTapOwner?: CreateTapOwner | undefined;
  /** Opens tunnels to a pod and carries connections through them. Optional, default `forwardPod`; tests replace it. */
  readonly forwardPod?: ForwardPod;
}

interface Entry {
  /** The pod's uid, or its name if it has no uid. */
  readonly key: string;
  readonly directory: NamespaceDirectory;
  readonly session: Session;
  /** Ends the session when it has had no connection for {@link IDLE_MS}. */
  readonly idle: AlarmClock;
}

/**
 * How long a session without connections stays open, in milliseconds. During this time, a new connection to the pod can
 * use the open tunnel at once.
 */
const IDLE_MS = 300_000;

/**
 * The sessions of a gateway. A session opens tunnels to one pod, and carries the connections of local clients through
 * these tunnels. There is a session for each pod that has connections, or has had connections in the last five minutes.
 */
export class PodSessions {
  readonly #options: PodSessionsOptions;
  /** The sessions that accept new connections, by {@link Entry.key}. */
  readonly #current = new Map<string, Entry>();
  /** All sessions: the current sessions, and failed sessions that continue until their last connection ends. */
  readonly #entries = new Set<Entry>();
  /** Maps each open connection to its session. */
  readonly #takers = new Map<Socket, Entry>();
  readonly #ending = new Set<Promise<void>>();
  #isClosed = false;
  #ended: ForwardCounters = NO_TRAFFIC;

  constructor(options: PodSessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The traffic counters of all connections since the gateway was created. */
  get counters(): ForwardCounters {
    return [...this.#entries].reduce((sum, { session }) => addCounters(sum, session.counters), this.#ended);
  }

  /** Returns whether the pod has a session that can carry a new connection at once, without waiting for a tunnel. */
  isCarrying(endpoint: PodEndpoint): boolean {
    const entry = this.#current.get(podKey(endpoint));
    return entry !== undefined && isCarrying(entry.session);
  }

  /**
   * Waits until the pod has a session that can carry a new connection at once. Starts a session if the pod has none.
   * @throws CodedError the reason why the pod cannot be reached; the signal's reason when aborted
   */
  async untilCarrying(endpoint: PodEndpoint, signal: AbortSignal): Promise<void> {
    const { session } = this.#entryFor(endpoint);
    if (isCarrying(session)) return;
    const hasEnded = () => ['failed', 'stopping', 'stopped'].includes(session.state.type);
    await until(session.onDidChange, () => isCarrying(session) || hasEnded(), signal).catch(() => {});
    const { state } = session;
    if (state.type === 'failed') throw state.error;
    if (hasEnded()) throw new CodedError('STOPPED');
    if (isCarrying(session) || !signal.aborted) return;
    throw state.type === 'reconnecting' ? state.error : signal.reason;
  }

  /**
   * Passes a connection to the session of a pod. The session owns the connection from now on. If the session cannot
   * serve the connection, {@link PodSessionsOptions.onTurnedAway} receives the connection.
   */
  carry(endpoint: PodEndpoint, socket: Socket, address: BoundAddress, inspect?: ClientInspector): void {
    const entry = this.#entryFor(endpoint);
    // Adds the `close` handler only when a socket is passed for the first time. Otherwise, a connection that moves
    // between pods would get one more handler with each move.
    if (this.#takers.has(socket)) this.#leave(socket);
    else socket.on('close', () => this.#leave(socket));
    this.#takers.set(socket, entry);
    entry.idle.set(undefined);
    entry.session.accept(socket, { ...address, remotePort: endpoint.port }, inspect);
  }

  /** Ends the sessions of a closed namespace and their connections. */
  closeNamespace(directory: NamespaceDirectory): void {
    for (const entry of [...this.#entries]) if (entry.directory === directory) this.#end(entry);
  }

  /** Ends all sessions and their connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const entry of [...this.#entries]) this.#end(entry);
    await Promise.all(this.#ending);
  }

  #entryFor(endpoint: PodEndpoint): Entry {
    if (this.#isClosed) throw new CodedError('STOPPED');
    const key = podKey(endpoint);
    const known = this.#current.get(key);
    if (known !== undefined && known.session.state.type !== 'failed') return known;
    // A new session replaces a failed session. Ends the failed session at once only if it has no connections: open
    // connections may still work.
    if (known?.session.counters.open === 0) this.#end(known);
    const { directory } = endpoint;
    const idle = new AlarmClock(this.#options.clock, () => this.#endIdle(entry));
    const entry: Entry = { key, directory, session: this.#start(endpoint), idle };
    this.#current.set(key, entry);
    this.#entries.add(entry);
    this.#rest(entry);
    return entry;
  }

  #start({ pod: { metadata }, directory }: PodEndpoint): Session {
    const { access, clock, probe, transport, createTapOwner } = this.#options;
    const { onDidWake, onDidSignIn, onNotice, onTurnedAway, forwardPod } = this.#options;
    const { uid = '', name } = metadata;
    const session = new Session({
      target: new PodTarget({ access, directory, uid, name, onDidSignIn }),
      transport,
      createTapOwner,
      // With 0, the session fails at once if its pod is deleted. A deleted pod never comes back, so the gateway chooses
      // another pod when the session has failed.
      waitForTargetMs: 0,
      probe,
      clock,
      onTurnedAway,
      ...defined({ onDidWake, forwardPod }),
    });
    session.onDidNotice((notice) => onNotice(name, notice));
    return session;
  }

  /** Removes a closed or moved connection from its session, and restarts the session's idle time. */
  #leave(socket: Socket): void {
    const entry = this.#takers.get(socket);
    this.#takers.delete(socket);
    if (entry !== undefined && this.#entries.has(entry)) this.#rest(entry);
  }

  #rest({ idle }: Entry): void {
    idle.set(this.#options.clock.now() + IDLE_MS);
  }

  #endIdle(entry: Entry): void {
    if (entry.session.counters.open > 0) this.#rest(entry);
    else this.#end(entry);
  }

  #end(entry: Entry): void {
    const { key, session, idle } = entry;
    idle.dispose();
    this.#entries.delete(entry);
    if (this.#current.get(key) === entry) this.#current.delete(key);
    this.#ended = addCounters(this.#ended, { ...session.counters, open: 0 });
    const ending = session.stop().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

function podKey({ pod: { metadata } }: PodEndpoint): string {
  return metadata.uid ?? metadata.name;
}

/**
 * Returns whether the session can carry a new connection at once. This is also true in the step `unready`: the pod is
 * not Ready, but the tunnel can still carry connections.
 */
function isCarrying({ state }: Session): boolean {
  return state.type === 'ready' || (state.type === 'reconnecting' && state.step.type === 'unready');
}
