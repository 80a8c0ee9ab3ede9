import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { DemoCluster } from '../../../src/demo/entry.ts';
import { ASKABLE, askToEnd, type EndSignal } from '../../support/askToEnd.ts';

/** The built command, as users run it. */
export const COMMAND = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** A step that takes longer counts as hanging, even on a slow machine. */
const LIMIT_MS = 30_000;

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Another program and its arguments, which starts the command: `['setpriv', '--reuid=65534']`. Optional. */
  readonly through?: readonly string[];
}

export interface CommandEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One event that `--output json` writes. */
export interface CommandEvent {
  readonly time: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/**
 * A home folder that does not exist, so that no kubeconfig is found. The name contains the user id: another user could
 * have created a folder with the same name in the temporary folder, which all users share.
 */
const NO_HOME = join(tmpdir(), `no-home-of-user-${process.getuid?.() ?? ''}`);

/** The terminal command in a separate process. Collects the output of the process, and ends it with `await using`. */
export class CommandProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #output = new Set<() => void>();
  readonly #closed: Promise<CommandEnd>;
  #hasClosed = false;

  constructor(args: readonly string[], { environment = {}, through = [] }: CommandOptions = {}) {
    if (!existsSync(COMMAND)) throw new Error('dist/cli.js is missing: run npm run build');
    const node = [process.execPath, ...ASKABLE.nodeArguments];
    const [program = '', ...rest] = [...through, ...node, COMMAND, ...args];
    this.child = spawn(program, rest, {
      // The command must not use a kubeconfig or a proxy of this machine, so it gets no other environment variables.
      env: { PATH: process.env['PATH'], HOME: NO_HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', ...ASKABLE.stdio],
    });
    this.#collect(this.child.stdout, (text) => {
      this.stdout += text;
    });
    this.#collect(this.child.stderr, (text) => {
      this.stderr += text;
    });
    this.#closed = once(this.child, 'close').then(([status, signal]) => {
      this.#hasClosed = true;
      this.#wake();
      return { status, signal, stdout: this.stdout, stderr: this.stderr };
    });
  }

  get processId(): number {
    if (this.child.pid === undefined) throw new Error('the command was not started');
    return this.child.pid;
  }

  /** Waits until the standard output matches. */
  output(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(`its output does not match ${pattern}`, () => pattern.exec(this.stdout));
  }

  /** Waits until the standard error matches. */
  errors(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(`its errors do not match ${pattern}`, () => pattern.exec(this.stderr));
  }

  /** Waits until the output names the local port that leads to this port of the pod, in a text line or a JSON event. */
  async port(remote: number): Promise<number> {
    const line = `^Forwarding from 127\\.0\\.0\\.1:(\\d+) -> ${remote}$`;
    const event = `"localPort":(\\d+),"remotePort":${remote}\\}`;
    const [, inLine, inEvent] = await this.output(new RegExp(`${line}|${event}`, 'm'));
    return Number(inLine ?? inEvent);
  }

  /** The JSON events in the output so far. Throws if a complete line is no JSON. */
  get events(): readonly CommandEvent[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as CommandEvent);
  }

  /** Waits for a JSON event of that name. */
  event(name: string, fits: (event: CommandEvent) => boolean = () => true): Promise<CommandEvent> {
    return this.#until(`no event ${name}`, () =>
      this.events.find((event) => event.event === name && fits(event)),
    );
  }

  /** Asks the process to end, with a signal or its equivalent on Windows. */
  ask(signal: EndSignal): void {
    askToEnd(this.child, signal);
  }

  /** Waits until the process has ended. */
  async ended(): Promise<CommandEnd> {
    await this.#until('it does not end', () => (this.#hasClosed ? true : undefined));
    return await this.#closed;
  }

  /** Asks the process to end, and waits until it has ended. */
  async stop(signal: EndSignal = 'SIGTERM'): Promise<CommandEnd> {
    this.ask(signal);
    return await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.#closed;
  }

  #collect(stream: Readable | null, add: (text: string) => void): void {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      add(text);
      this.#wake();
    });
  }

  #wake(): void {
    for (const check of [...this.#output]) check();
  }

  #until<T>(otherwise: string, find: () => T | null | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        this.#output.delete(check);
        clearTimeout(timer);
        finish();
      };
      const fail = (reason: string) =>
        settle(() => reject(new Error(`${reason}: ${otherwise}\n${this.stdout}\n${this.stderr}`)));
      const check = () => {
        const found = find();
        if (found !== null && found !== undefined) settle(() => resolve(found));
        else if (this.#hasClosed) fail('the command has ended');
      };
      const timer = setTimeout(() => fail(`waited ${LIMIT_MS / 1000} s`), LIMIT_MS);
      this.#output.add(check);
      check();
    });
  }
}

/** Runs the command to its end. */
export async function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  await using command = new CommandProcess(args, options);
  return await command.ended();
}

/** Starts the command with the kubeconfig of a demo cluster. */
export function startFor({ kubeconfigPath }: DemoCluster, ...args: readonly string[]): CommandProcess {
  return new CommandProcess(args, { environment: { KUBECONFIG: kubeconfigPath } });
}
