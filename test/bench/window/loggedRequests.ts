import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { RequestsTable } from '../../workbench/harness/requestsTable.ts';
import { freePort } from '../../workbench/support/ports.ts';
import { loopDelayDuring } from './loopDelay.ts';
import type { MeasuredWindow } from './measureWindow.ts';
import type { WindowRow } from './windowRow.ts';

const REQUESTS_PER_SECOND = 1_000;
const CONNECTIONS = 16;
const SLICE_MS = 10;

/** Measures requests through a forward whose request log is on, while the Requests view shows the requests. */
export async function measureLoggedRequests(
  { fixture: { window }, companion }: MeasuredWindow,
  seconds: number,
): Promise<readonly WindowRow[]> {
  const key = 'logged';
  const localPort = await freePort();
  const request = { context: 'demo-admin', namespace: 'demo', target: 'pod/web', remotePort: 80, localPort };
  await companion.call('start', { key, request });
  await companion.call('ready', key);
  await window.runCommand('Requests: Focus on Requests View');
  const table = new RequestsTable(window.page);
  await table.clickButton('Log Requests');
  await table.empty(/^No requests yet\./);
  let perSecond = 0;
  const { p99, max } = await loopDelayDuring(companion, async () => {
    perSecond = await askEvenly(localPort, seconds);
  });
  await table.row('of the last request', ({ target }) => target === '/api/time?last');
  await companion.call('stop', key);
  await window.runCommand('View: Hide Panel');
  const count = REQUESTS_PER_SECOND.toLocaleString('en');
  return [
    {
      title: `${count} requests a second, logged and shown: loop delay of the extension host, p99`,
      unit: 'ms',
      value: p99,
      atMost: 20,
    },
    { title: 'the same, maximum', unit: 'ms', value: max },
    { title: 'the requests that were answered meanwhile', unit: '/s', value: perSecond },
  ];
}

/**
 * Sends requests at a steady rate. Several requests use the same connection (keep-alive). Resolves with the number of
 * answered requests per second.
 */
async function askEvenly(port: number, seconds: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const startedAt = performance.now();
  const asked: Promise<void>[] = [];
  while (asked.length < seconds * REQUESTS_PER_SECOND) {
    const due = ((performance.now() - startedAt) / 1_000) * REQUESTS_PER_SECOND;
    while (asked.length < due) asked.push(ask(agent, port, '/api/time'));
    await pause(SLICE_MS);
  }
  await Promise.all(asked);
  const perSecond = asked.length / ((performance.now() - startedAt) / 1_000);
  await ask(agent, port, '/api/time?last');
  agent.destroy();
  return perSecond;
}

async function ask(agent: Agent, port: number, path: string): Promise<void> {
  const outgoing = get({ host: '127.0.0.1', port, path, agent });
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
}
