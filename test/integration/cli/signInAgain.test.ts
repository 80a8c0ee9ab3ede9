import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Reporter } from '../../../src/cli/reporter.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { clusterEntry, kubeconfigText } from '../../support/kubeconfigText.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';
import { forwardHere } from './forwardHere.ts';

const demo = await demoClusterFor({ after });
const folder = await temporaryFolder({ after });

for (const [title, hasTerminal] of [
  ['the person at the terminal presses Enter, and the forward goes on', true],
  ['without a terminal the forward says what to do, once, and waits', false],
] as const) {
  test(`a login that fails in the background: ${title}`, async () => {
    const login = new FileLogin(`login-${hasTerminal}`);
    await login.give(demo.token('demo-admin'));
    const events = new Waiter();
    const stop = new AbortController();
    const entered = Promise.withResolvers<void>();
    let isStopped = false;
    const running = forwardHere(['-n', 'demo', 'web', ':80', '--address', '127.0.0.1'], {
      environment: { KUBECONFIG: await login.kubeconfig(), PATH: process.env['PATH'] ?? '' },
      homeDirectory: folder,
      reporter: reporterOf(events),
      ...(hasTerminal && { untilEnter: () => entered.promise }),
      stop: stop.signal,
    }).catch((error: unknown) => {
      if (!isStopped) events.tell(`failed: ${error}`);
    });
    await events.next('ready');
    await login.takeAway();
    const fault = demo.faults.add({ type: 'answer', status: 401 });
    demo.faults.dropTunnels('reset');
    await events.next(`sign in, by Enter: ${hasTerminal}`);
    fault.dispose();
    if (hasTerminal) {
      await login.give(demo.token('demo-admin'));
      entered.resolve();
      await events.next('ready');
    }
    isStopped = true;
    stop.abort();
    await running;
    assert.equal(events.count('sign in'), 1);
  });
}

/** A plugin that prints the content of a file, and fails without the file. */
class FileLogin {
  readonly #path: string;

  constructor(name: string) {
    this.#path = join(folder, name);
  }

  async give(token: string): Promise<void> {
    const apiVersion = 'client.authentication.k8s.io/v1';
    await writeFile(this.#path, JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }));
  }

  async takeAway(): Promise<void> {
    await rm(this.#path);
  }

  async kubeconfig(): Promise<string> {
    const program = `process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(this.#path)}))`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', program],
      interactiveMode: 'IfAvailable',
    };
    const path = `${this.#path}.kubeconfig`;
    await writeFile(path, kubeconfigText(clusterEntry(demo), { exec }));
    return path;
  }
}

/** The reported events, which can be awaited in order. */
class Waiter {
  readonly #told: string[] = [];
  #read = 0;
  #wake = () => {};

  tell(line: string): void {
    this.#told.push(line);
    this.#wake();
  }

  count(beginning: string): number {
    return this.#told.filter((line) => line.startsWith(beginning)).length;
  }

  async next(line: string): Promise<void> {
    for (;;) {
      const told = this.#told[this.#read++];
      if (told === line) return;
      if (told?.startsWith('failed')) throw new Error(told);
      if (told !== undefined) continue;
      this.#read--;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function reporterOf(events: Waiter): Reporter {
  return {
    notice: (notice) => {
      const isReason = notice.type === 'waiting' || notice.type === 'reconnecting';
      events.tell(isReason ? notice.error.message : notice.type);
    },
    warning: ({ message }) => events.tell(message),
    signInNeeded: (_user, byEnter) => events.tell(`sign in, by Enter: ${byEnter}`),
    detached: () => events.tell('detached'),
    exchange: () => {},
    stopped: (reason) => events.tell(reason),
  };
}
