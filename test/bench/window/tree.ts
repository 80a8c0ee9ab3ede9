import { setTimeout as pause } from 'node:timers/promises';
import type { Fixture } from '../../workbench/support/fixture.ts';
import { residentMegabytes } from '../programs/processUsage.ts';
import { loopDelayDuring } from './loopDelay.ts';
import type { MeasuredWindow } from './measureWindow.ts';
import type { WindowRow } from './windowRow.ts';

const NAMESPACE = 'large';
const EVENTS_PER_SECOND = 500;
const SLICE_MS = 10;
/** The maximum number of rows that a namespace shows when the user expands it. */
const PAGE_SIZE = 500;
const ROW_LIMIT_MS = 30_000;
const LARGEST = 10_000;

/**
 * Measures how fast the Clusters tree shows a namespace with this number of pods. Then measures how much the event loop
 * of the extension host is delayed while the pods change.
 */
export async function measureTree(
  { fixture, companion }: MeasuredWindow,
  pods: number,
  seconds: number,
): Promise<readonly WindowRow[]> {
  const clusters = fixture.window.tree('Clusters');
  await clusters.expand('demo-admin');
  await clusters.row(NAMESPACE);
  const startedAt = performance.now();
  const firstRow = shown(fixture, 'fleet-').then(() => performance.now() - startedAt);
  await clusters.expand(NAMESPACE);
  const firstRowsMs = await firstRow;
  const fullMs =
    pods <= PAGE_SIZE
      ? undefined
      : await clusters
          .scrollToEnd((row) => row.description === `${PAGE_SIZE} of ${pods} shown`)
          .then(() => performance.now() - startedAt);
  const storm = await loopDelayDuring(companion, () => changePods(fixture, seconds));
  const name = pods.toLocaleString('en');
  const isLargest = pods >= LARGEST;
  return [
    {
      title: `${name} pods: first rows after the click`,
      unit: 'ms',
      value: firstRowsMs,
      ...(isLargest && { atMost: 1_000 }),
    },
    ...(fullMs === undefined
      ? []
      : [{ title: `${name} pods: all counted`, unit: 'ms' as const, value: fullMs }]),
    {
      title: `${name} pods, ${EVENTS_PER_SECOND} events a second: loop delay of the extension host, p99`,
      unit: 'ms',
      value: storm.p99,
      ...(isLargest && { atMost: 20 }),
    },
    { title: 'the same, maximum', unit: 'ms', value: storm.max, ...(isLargest && { atMost: 100 }) },
    { title: `${name} pods: memory of the forward host`, unit: 'MB', value: await hostMegabytes(fixture) },
  ];
}

export async function hostMegabytes(fixture: Fixture): Promise<number> {
  return residentMegabytes((await fixture.hostProcessId()) ?? 0);
}

/** Resolves when VS Code has drawn a row that contains `text`. */
async function shown({ window }: Fixture, text: string): Promise<void> {
  await window.page
    .locator('.monaco-list-rows > .monaco-list-row', { hasText: text })
    .first()
    .waitFor({ timeout: ROW_LIMIT_MS });
}

/** Changes the readiness of one pod after the other, at a steady rate for `seconds` seconds. */
async function changePods({ cluster }: Fixture, seconds: number): Promise<void> {
  const pods = cluster.pods.list(NAMESPACE);
  const startedAt = performance.now();
  for (let count = 0; count < seconds * EVENTS_PER_SECOND; ) {
    const due = ((performance.now() - startedAt) / 1_000) * EVENTS_PER_SECOND;
    for (; count < due; count++) {
      const name = pods[count % pods.length]?.metadata.name ?? '';
      cluster.pods.setReady(NAMESPACE, name, Math.floor(count / pods.length) % 2 === 1);
    }
    await pause(SLICE_MS);
  }
}
