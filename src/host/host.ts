import { randomBytes } from 'node:crypto';
import { systemClock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import type { Disposable } from '../base/disposable.ts';
import { Emitter } from '../base/event.ts';
import { version } from '../base/version.ts';
import { Gateway } from '../gateway/gateway.ts';
import { Inspection } from '../inspect/inspection.ts';
import { scavengingForward } from '../portforward/scavengingForward.ts';
import { type HandOverResult, PROTOCOL_VERSION } from '../rpc/contract.ts';
import { type Election, tryToLead } from '../rpc/election.ts';
import type { StartGateway } from '../rpc/gatewayContract.ts';
import { type HostRecord, newSocketName } from '../rpc/hostRecord.ts';
import { HostServer } from '../rpc/hostServer.ts';
import { isHostAlive } from '../rpc/hostSocket.ts';
import { RestServerProbe } from '../session/serverProbe.ts';
import { Session } from '../session/session.ts';
import type { SessionOptions } from '../session/sessionOptions.ts';
import { SleepWatch } from '../session/sleepWatch.ts';
import { environmentKey } from './clientEnvironment.ts';
import { ClientEnvironments } from './clientEnvironments.ts';
import { ClientHandler } from './clientHandler.ts';
import type { ClientHandlerServices, PluginOutput } from './clientHandlerServices.ts';
import { CrashJournal } from './crashJournal.ts';
import { DemoProcess } from './demoProcess.ts';
import { ForwardManager } from './forwardManager.ts';
import { GatewayManager } from './gatewayManager.ts';
import { type Kept, type LeftRunning, NONE_LEFT } from './keeper.ts';
import { KeeperProcess } from './keeperProcess.ts';
import { type LeftBehind, LeftForwards } from './leftForwards.ts';
import { watchOwnFiles } from './ownFiles.ts';

export interface HostOptions {
  /** The folder of the host's record: the file in which clients find the path of the host's socket. */
  readonly folder: string;
  /** How long the host runs after its last client has disconnected, in milliseconds. */
  readonly lingerMs: number;
  /** The path of the host's own program. */
  readonly script: string;
  readonly demoScript: string;
  /**
   * Whether an update of the editor ends this process. Optional, default true if this process runs in the editor's
   * program on Windows, and false otherwise.
   */
  readonly endsWithUpdate?: boolean;
  /** The protocol number that the host announces. Optional; tests set it. */
  readonly protocol?: number;
}

/**
 * During its first 10 s, the host waits up to 2 s for a local port that is in use, because the previous host may still
 * use this port.
 */
const SUCCESSION_MS = 10_000;
const SUCCESSION_TIMEOUT_MS = 2_000;

/**
 * The minimum time that a new host runs, in milliseconds, even if no client connects. The process that started the host
 * normally connects within this time.
 */
const FIRST_CLIENT_MS = 10_000;
/**
 * When a newer client has made the host stop its forwards (`handOver` in `src/rpc/contract.ts`), the host waits for
 * this client to read the answer to `handOver` and disconnect. After this time, in milliseconds, the host ends even if
 * the client is still connected.
 */
const HAND_OVER_LIMIT_MS = 5_000;

/** The forward host. Each user of the machine has one, which serves all windows and terminals of this user. */
export class Host {
  readonly #options: HostOptions;
  readonly #record: HostRecord;
  readonly #server: HostServer;
  readonly #forwards: ForwardManager;
  readonly #gateways: GatewayManager;
  readonly #inspection = new Inspection(systemClock);
  readonly #environments: ClientEnvironments;
  readonly #journal: CrashJournal;
  readonly #keeper: KeeperProcess;
  readonly #endsWithUpdate: boolean;
  readonly #left: LeftForwards;
  readonly #demo: DemoProcess;
  readonly #sleep: SleepWatch;
  readonly #pluginOutput = new Emitter<PluginOutput>();
  readonly #ended = Promise.withResolvers<void>();
  #linger: Disposable | undefined;
  #files: Disposable | undefined;
  #isOccupied = false;
  #isEnding = false;

  /** Resolves when the host has ended completely. */
  readonly ended: Promise<void> = this.#ended.promise;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#record = {
      socket: newSocketName(options.folder),
      secret: randomBytes(32).toString('hex'),
      protocol: options.protocol ?? PROTOCOL_VERSION,
      version,
      processId: process.pid,
    };
    this.#journal = new CrashJournal(options.folder);
    this.#keeper = new KeeperProcess({ ...options, clock: systemClock });
    this.#endsWithUpdate = options.endsWithUpdate ?? runsInEditorOnWindows();
    this.#left = new LeftForwards(options.folder);
    this.#environments = new ClientEnvironments({
      clock: systemClock,
      journal: this.#journal,
      onPluginOutput: (key, user, line) => this.#pluginOutput.fire({ key, user, line }),
    });
    // Creates the sleep watch, which starts a timer, after everything that can throw. If the constructor throws, nobody
    // can dispose of the timer.
    this.#sleep = new SleepWatch(systemClock, Date.now);
    const shared: SessionServices = {
      probe: new RestServerProbe(systemClock),
      onDidWake: this.#sleep.onDidWake,
      forwardPod: scavengingForward(),
      busyPortTimeoutMs: successionTimeout(),
    };
    this.#forwards = createForwardManager(this.#inspection, shared);
    this.#gateways = createGatewayManager(this.#inspection, shared);
    for (const manager of [this.#forwards, this.#gateways])
      manager.onDidChange(() => this.#onForwardsChanged());
    this.#demo = new DemoProcess(options.demoScript);
    const services = this.#clientHandlerServices();
    this.#server = new HostServer({
      path: this.#record.socket,
      secret: this.#record.secret,
      clock: systemClock,
      serve: (notifications) => new ClientHandler(services, notifications),
      onOccupied: (isOccupied) => this.#setOccupied(isOccupied),
    });
  }

  /**
   * Serves clients unless another host does. Resolves with true if this host serves. After false or a rejection, the
   * host has ended.
   * @param signal aborts the start; has no effect once the host serves
   * @throws the errors of listening and of `tryToLead`, which finds out whether another host serves; the signal's
   *   reason when aborted
   */
  async start(signal: AbortSignal): Promise<boolean> {
    const { folder, script } = this.#options;
    let election: Election | undefined;
    try {
      await this.#server.listen();
      signal.throwIfAborted();
      election = await tryToLead(folder, this.#record, (record) => isHostAlive(record, signal));
    } finally {
      if (election === undefined) await this.end();
    }
    if (election === undefined) return false;
    this.#journal.begin();
    this.#left.begin();
    this.#files = watchOwnFiles(script, election, systemClock, () => void this.end());
    this.#endIn(Math.max(this.#options.lingerMs, FIRST_CLIENT_MS));
    // Serves clients only after `begin`, which reads the file of the previous host. If a client started a forward
    // earlier, the host would overwrite that file.
    this.#server.open();
    return true;
  }

  /**
   * Stops all forwards and gateways, disconnects all clients, and frees all resources. Resolves when the host has ended
   * completely.
   */
  async end(): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      await this.#release();
      this.#finish();
    }
    await this.#ended.promise;
  }

  #finish(): void {
    this.#linger?.dispose();
    this.#server.close();
    this.#ended.resolve();
  }

  /**
   * Stops all forwards and gateways, and frees all resources except the sockets to the clients. These sockets stay
   * open, because a client that sent `handOver` still waits for its answer.
   */
  async #release(): Promise<void> {
    this.#linger?.dispose();
    this.#files?.dispose();
    this.#keeper.dispose();
    this.#server.stopListening();
    await Promise.all([this.#forwards.close(), this.#gateways.close()]);
    this.#inspection.dispose();
    await this.#demo.stop();
    this.#environments.dispose();
    this.#sleep.dispose();
    if (this.#files === undefined) return;
    this.#journal.end();
    this.#left.keep(NONE_LEFT);
  }

  #clientHandlerServices(): ClientHandlerServices {
    return {
      environments: this.#environments,
      forwards: this.#forwards,
      gateways: this.#gateways,
      inspection: this.#inspection,
      demo: this.#demo,
      keeper: this.#keeper,
      endsWithUpdate: this.#endsWithUpdate,
      takeLeft: (key) => this.#left.take(key),
      onPluginOutput: this.#pluginOutput.event,
      handOver: (key) => this.#handOver(key),
      end: () => this.#finish(),
      clock: systemClock,
    };
  }

  async #handOver(environmentKey: string): Promise<HandOverResult> {
    const all = this.#forwards.list().length + this.#gateways.list().length;
    const forwards = this.#forwards.lastingOf(environmentKey);
    const gateways = this.#gateways.lastingOf(environmentKey);
    this.#isEnding = true;
    await this.#release();
    // The client that sent `handOver` still waits for the answer, so the host normally ends when this client
    // disconnects. If the client stays connected, this timer ends the host.
    this.#linger = systemClock.setTimer(HAND_OVER_LIMIT_MS, () => this.#finish());
    return { forwards, gateways, others: all - forwards.length - gateways.length };
  }

  #setOccupied(isOccupied: boolean): void {
    this.#isOccupied = isOccupied;
    this.#reconsider();
  }

  #onForwardsChanged(): void {
    this.#reconsider();
    if (this.#isEnding) return;
    const kept: Kept = { forwards: this.#forwards.kept, gateways: this.#gateways.kept };
    this.#keeper.keep(kept);
    // If this host dies, the keeper (another process) normally starts the forwards again in the next host. But if both
    // this host and the keeper run in the editor's program, an update of the editor ends both. Only in this case,
    // `LeftForwards` writes a file from which the next host restores the forwards.
    const { forwards, gateways } = this.#endsWithUpdate && !this.#keeper.isElsewhere ? kept : NONE_LEFT;
    this.#left.keep({ forwards: forwards.map(toLeft), gateways: gateways.map(withoutSecrets).map(toLeft) });
  }

  /**
   * Schedules the end of the host if no client is connected, and no forward or gateway that a terminal started with
   * `--detach` needs the host. If the host is needed, cancels the scheduled end.
   */
  #reconsider(): void {
    if (this.#isEnding) return;
    const isNeeded = this.#isOccupied || this.#forwards.keepsHost || this.#gateways.keepsHost;
    if (!isNeeded && this.#linger === undefined) this.#endIn(this.#options.lingerMs);
    if (!isNeeded) return;
    this.#linger?.dispose();
    this.#linger = undefined;
  }

  #endIn(delayMs: number): void {
    this.#linger = systemClock.setTimer(delayMs, () => void this.end());
  }
}

/** Removes the secrets of a gateway, because they must not be written to a file. */
function withoutSecrets({ specification, ...kept }: LeftRunning<StartGateway>): LeftRunning<StartGateway> {
  const { secrets: _, ...same } = specification;
  return { ...kept, specification: same };
}

function toLeft<Start>({ specification, environment }: LeftRunning<Start>): LeftBehind<Start> {
  return { environmentKey: environmentKey(environment), specification };
}

/**
 * Returns whether this process runs in the editor's program on Windows. If so, an update of VS Code ends the process to
 * replace the program.
 */
function runsInEditorOnWindows(): boolean {
  return process.platform === 'win32' && process.versions['electron'] !== undefined;
}

/** The options that are the same for all forwards and gateways of the host. */
interface SessionServices extends Pick<SessionOptions, 'probe' | 'onDidWake' | 'forwardPod'> {
  readonly busyPortTimeoutMs: () => number;
}

function createGatewayManager(
  inspection: Inspection,
  { busyPortTimeoutMs, ...shared }: SessionServices,
): GatewayManager {
  return new GatewayManager({
    clock: systemClock,
    inspection,
    startGateway: (parts) =>
      new Gateway({ ...parts, ...shared, busyPortTimeoutMs: busyPortTimeoutMs(), clock: systemClock }),
  });
}

/**
 * Returns a function that is called whenever a forward or gateway is about to listen. The function returns how long to
 * wait for a local port that is in use. Waits only while the host is new, because then the previous host may still use
 * the port.
 */
function successionTimeout(): () => number {
  const startedAt = systemClock.now();
  return () => (systemClock.now() - startedAt < SUCCESSION_MS ? SUCCESSION_TIMEOUT_MS : 0);
}

function createForwardManager(
  inspection: Inspection,
  { busyPortTimeoutMs, ...shared }: SessionServices,
): ForwardManager {
  return new ForwardManager({
    clock: systemClock,
    inspection,
    startSession: (
      target,
      { localPort, address, transport, podRunningTimeoutMs, waitForTargetMs },
      createTapOwner,
    ) =>
      new Session({
        target,
        createTapOwner,
        listen: { localPorts: [localPort], addresses: [address], busyPortTimeoutMs: busyPortTimeoutMs() },
        transport,
        ...defined({ podRunningTimeoutMs, waitForTargetMs }),
        ...shared,
      }),
  });
}
