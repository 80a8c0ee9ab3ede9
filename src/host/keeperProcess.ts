import { type ChildProcess, spawn } from 'node:child_process';
import { parse } from 'node:path';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { type KeeperMessage, type KeeperOptions, type Kept, NONE_LEFT } from './keeper.ts';

/** The pause before a new keeper replaces a keeper that has ended unexpectedly. */
const RESTART_MS = 5_000;

export interface KeeperProcessOptions extends KeeperOptions {
  readonly clock: Clock;
}

/**
 * Starts and ends the keeper. If this host dies, the keeper process makes another host restart the forwards and
 * gateways that terminals had started with `--detach`. The keeper runs only while this host has such forwards or
 * gateways.
 */
export class KeeperProcess implements Disposable {
  readonly #options: KeeperProcessOptions;
  #child: ChildProcess | undefined;
  #runtime = process.execPath;
  #kept = JSON.stringify(NONE_LEFT);
  #restart: Disposable | undefined;
  #isDisposed = false;

  constructor(options: KeeperProcessOptions) {
    this.#options = options;
  }

  /** Whether the keeper runs in a different executable from this process, as {@link use} has requested. */
  get isElsewhere(): boolean {
    return this.#runtime !== process.execPath;
  }

  /**
   * Runs the keeper in another program from now on, because an update of VS Code on Windows ends all processes that run
   * VS Code's own program. A host that the keeper starts runs in the other program too. If the keeper cannot start in
   * the other program, or ends unexpectedly, it runs in the host's program again.
   * @param runtime the path of a Node executable
   */
  use(runtime: string): void {
    if (runtime === this.#runtime || this.#isDisposed) return;
    this.#runtime = runtime;
    if (this.#child === undefined) return;
    this.#end();
    this.#start();
  }

  /** Sets the forwards and gateways that the keeper starts again if this process dies. */
  keep({ forwards, gateways }: Kept): void {
    const kept = JSON.stringify({ forwards, gateways });
    if (kept === this.#kept || this.#isDisposed) return;
    this.#kept = kept;
    if (forwards.length + gateways.length === 0) return this.#end();
    if (this.#child === undefined) this.#start();
    else this.#send({ type: 'keep', forwards, gateways });
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#restart?.dispose();
    this.#end();
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    if (child?.connected !== true) return;
    child.send({ type: 'end' } satisfies KeeperMessage, () => {
      if (child.connected) child.disconnect();
    });
  }

  /** Starts a keeper, and sends it the forwards and gateways of the last call of {@link keep}. */
  #start(): void {
    try {
      this.#child = this.#spawn();
    } catch {
      // Node throws some errors of `spawn`, and reports other errors by the event `error`.
      return this.#onExit(undefined);
    }
    this.#send({ type: 'keep', ...(JSON.parse(this.#kept) as Kept) });
  }

  #spawn(): ChildProcess {
    const { script, folder, lingerMs } = this.#options;
    const options = ['--keeper', '--folder', folder, '--linger', String(lingerMs)];
    const child = spawn(this.#runtime, [...process.execArgv, script, ...options], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      cwd: parse(process.execPath).root,
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      windowsHide: true,
    });
    child.on('error', () => this.#onExit(child));
    child.once('exit', () => this.#onExit(child));
    child.unref();
    child.channel?.unref();
    return child;
  }

  /** @param child the keeper that has ended, or undefined if Node could not even create the process */
  #onExit(child: ChildProcess | undefined): void {
    if (this.#child !== child || this.#isDisposed) return;
    this.#child = undefined;
    if (this.isElsewhere) {
      this.#runtime = process.execPath;
      return this.#start();
    }
    const kept = this.#kept;
    this.#restart?.dispose();
    this.#restart = this.#options.clock.setTimer(RESTART_MS, () => {
      if (this.#child === undefined && this.#kept === kept) this.#start();
    });
  }

  /**
   * Sends a message to the keeper. Ignores errors, because an error means that the keeper has ended: the next keeper
   * gets the forwards and gateways when it starts. `send` is missing if the system had no file handles left for the IPC
   * channel to the keeper.
   */
  #send(message: KeeperMessage): void {
    this.#child?.send?.(message, () => {});
  }
}
