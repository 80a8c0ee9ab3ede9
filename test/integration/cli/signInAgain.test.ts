import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, test } from 'node:test';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import { openProxy } from '../../../src/cli/proxy/openProxy.ts';
import type { Reporter } from '../../../src/cli/reporter.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { FileLogin } from '../../support/fileLogin.ts';
import { exchange } from '../../support/tcpClient.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

import { forwardHere } from './forwardHere.ts';

const demo = await demoClusterFor({ after });
const folder = await temporaryFolder({ after });

for (const [title, hasTerminal] of [
  ['the person at the terminal presses Enter, and the forward goes on', true],
  ['without a terminal the forward says what to do, once, and waits', false],
] as const) {
  test(`a login that fails in the background: ${title}`, async () => {
    const login = new FileLogin(demo, join(folder, `login-${hasTerminal}`));
    await login.give();
    const events = new Waiter();
    const stop = new AbortController();
    const entered = Promise.withResolvers<void>();
    let isStopped = false;
    const running = forwardHere(['-n', 'demo', 'web', ':80', '--address', '127.0.0.1'], {
      environment: { KUBECONFIG: await login.kubeconfig(), PATH: process.env['PATH'] ?? '' },
      homeFolder: folder,
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
      await login.give();
      entered.resolve();
      await events.next('ready');
    }
    isStopped = true;
    stop.abort();
    await running;
    assert.equal(events.count('sign in'), 1);
  });
}

for (const [title, cause, hasTerminal] of [
  ['while its watches reconnect: the person presses Enter, and services are reachable', 'watches', true],
  ['while a program connects: the person presses Enter, and services are reachable', 'connection', true],
  ['without a terminal: the command says once what to do', 'watches', false],
] as const) {
  test(`the login of proxy fails ${title}`, async () => {
    const login = new FileLogin(demo, join(folder, `proxy-${cause}-${hasTerminal}`));
    await login.give();
    const command = parseCommandLine(['proxy', '-n', 'demo', '--port', '0']);
    assert.ok(command.command === 'proxy');
    const [out, err] = [new TextSink(), new TextSink()];
    const stop = new AbortController();
    const entered = Promise.withResolvers<void>();
    const running = openProxy(command, {
      environment: { KUBECONFIG: await login.kubeconfig(), PATH: process.env['PATH'] ?? '' },
      ...{ homeFolder: folder, hostScript: '', out, err, stop: stop.signal },
      ...(hasTerminal && { untilEnter: () => entered.promise }),
    });
    const port = () => Number(/on port (\d+)/.exec(out.text)?.[1]);
    await eventually(() => port() > 0, 'not ready');
    const isServed = async () => {
      const answer = exchange(port(), 'GET /healthz HTTP/1.0\r\nHost: web.demo.localhost\r\n\r\n');
      return (await answer.catch(() => '')).includes(' 200 OK');
    };
    assert.ok(await isServed());
    await login.takeAway();
    const fault = demo.faults.add({ type: 'answer', status: 401 });
    if (cause === 'watches') await demo.faults.restart();
    else assert.ok(!(await isServed()));
    const line = hasTerminal ? 'Press Enter to sign in as' : 'Sign in as';
    await eventually(() => err.text.includes(line), 'the login is not mentioned');
    fault.dispose();
    if (hasTerminal) {
      await login.give();
      entered.resolve();
      await eventually(isServed, 'the service cannot be reached after the login');
    } else {
      assert.ok(!(await isServed()));
    }
    stop.abort();
    assert.equal(await running, 0);
    assert.equal(err.text.split(line).length, 2, 'once');
  });
}

/** Collects the text that a command prints. */
class TextSink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

/** Collects reported events. `next` waits for events in the order in which they were reported. */
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
