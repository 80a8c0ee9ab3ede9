import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { deadline } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { CodedError, describeError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { untilLine } from '../base/untilLine.ts';

/**
 * The demo cluster is killed if it is not ready within {@link START_LIMIT_MS} milliseconds, or if it has not ended by
 * itself within {@link END_LIMIT_MS} milliseconds after it was told to end.
 */
const START_LIMIT_MS = 30_000;
const END_LIMIT_MS = 5_000;

interface RunningDemo {
  readonly child: ChildProcess;
  readonly kubeconfig: string;
}

/** Runs the demo cluster in a process of its own, until the last caller of {@link use} no longer needs it. */
export class DemoProcess {
  readonly #script: string;
  readonly #users = new Set<Disposable>();
  readonly #didEnd = new Emitter<string>();
  #running: Promise<RunningDemo> | undefined;

  /**
   * Fires when a demo cluster has ended for any reason, with the path of its kubeconfig. The next demo cluster may
   * already be running.
   */
  readonly onDidEnd: Event<string> = this.#didEnd.event;

  /** @param script the path of `dist/demo.js` */
  constructor(script: string) {
    this.#script = script;
  }

  /**
   * Starts the demo cluster unless it is running, and waits until it is ready. The caller disposes of the result. When
   * the results of all callers are disposed of, the demo cluster ends.
   * @throws CodedError `DEMO_NOT_STARTED`
   */
  async use(): Promise<Disposable & { readonly kubeconfig: string }> {
    this.#running ??= this.#start();
    const running = this.#running;
    const use = toDisposable(() => {
      this.#users.delete(use);
      if (this.#users.size === 0) void this.stop();
    });
    this.#users.add(use);
    try {
      const { kubeconfig } = await running;
      return { kubeconfig, dispose: () => use.dispose() };
    } catch (error) {
      this.#users.delete(use);
      if (this.#running === running) this.#running = undefined;
      throw error;
    }
  }

  /** Ends the demo cluster, even if callers of {@link use} still need it. Resolves when it has ended. Never rejects. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#users.clear();
    if (running === undefined) return;
    try {
      const { child } = await running;
      await end(child);
    } catch {
      // The demo cluster failed to start, so there is nothing to stop.
    }
  }

  #start(): Promise<RunningDemo> {
    const child = spawn(process.execPath, [this.#script], {
      // The IPC channel closes when this process ends for any reason. The demo cluster then ends too.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      windowsHide: true,
    });
    const running = untilStarted(child).then((kubeconfig) => ({ child, kubeconfig }));
    child.once('exit', () => {
      if (this.#running === running) {
        this.#running = undefined;
        this.#users.clear();
      }
      running.then(
        ({ kubeconfig }) => this.#didEnd.fire(kubeconfig),
        () => {},
      );
    });
    return running;
  }
}

/**
 * Resolves with the path of the kubeconfig, which the demo cluster prints when it is ready. Kills the demo cluster if
 * it is not ready within {@link START_LIMIT_MS}.
 * @throws CodedError `DEMO_NOT_STARTED`
 */
async function untilStarted(child: ChildProcess): Promise<string> {
  const late = () => new Error(`it was not ready within ${START_LIMIT_MS / 1000} s`);
  using limit = deadline(undefined, START_LIMIT_MS, late);
  try {
    return await untilLine(child, (line) => /^Kubeconfig: +(.+)$/.exec(line)?.[1], limit.signal);
  } catch (error) {
    child.kill();
    throw new CodedError('DEMO_NOT_STARTED', { reason: describeError(error) }, error);
  }
}

/**
 * Closes the IPC channel, which makes the demo cluster remove its files and end. On Windows, a signal would kill it
 * before it could remove them. Kills a demo cluster that has not ended after {@link END_LIMIT_MS}.
 */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  else child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}
