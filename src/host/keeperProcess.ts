import { type ChildProcess, spawn } from 'node:child_process';
import { parse } from 'node:path';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import type { KeeperMessage, KeeperOptions, KeptForward } from './keeper.ts';

/** How soon a keeper that has ended is replaced, milliseconds. */
const RESTART_MS = 5_000;

export interface KeeperProcessOptions extends KeeperOptions {
  readonly clock: Clock;
}

/** The host's side of its keeper, which runs for as long as there is something to keep. */
export class KeeperProcess implements Disposable {
  readonly #options: KeeperProcessOptions;
  #child: ChildProcess | undefined;
  #told = '[]';
  #restart: Disposable | undefined;
  #isDisposed = false;

  constructor(options: KeeperProcessOptions) {
    this.#options = options;
  }

  /** Sets the forwards to restore if this process dies. */
  keep(forwards: readonly KeptForward[]): void {
    const told = JSON.stringify(forwards);
    if (told === this.#told || this.#isDisposed) return;
    this.#told = told;
    if (forwards.length === 0) return this.#end();
    this.#child ??= this.#start();
    this.#send({ type: 'keep', forwards });
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

  #start(): ChildProcess {
    const { script, folder, lingerMs } = this.#options;
    const options = ['--keeper', '--folder', folder, '--linger', String(lingerMs)];
    const child = spawn(process.execPath, [...process.execArgv, script, ...options], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      cwd: parse(process.execPath).root,
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      windowsHide: true,
    });
    child.on('error', () => {});
    child.once('exit', () => this.#onExit(child));
    child.unref();
    child.channel?.unref();
    return child;
  }

  #onExit(child: ChildProcess): void {
    if (this.#child !== child || this.#isDisposed) return;
    this.#child = undefined;
    const told = this.#told;
    this.#restart = this.#options.clock.setTimer(RESTART_MS, () => {
      if (this.#child !== undefined || this.#told !== told) return;
      this.#child = this.#start();
      this.#send({ type: 'keep', forwards: JSON.parse(told) as readonly KeptForward[] });
    });
  }

  /** One that has just ended is replaced anyway. */
  #send(message: KeeperMessage): void {
    this.#child?.send(message, () => {});
  }
}
