import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPANION, Companion } from '../../workbench/support/companion.ts';
import { type Fixture, startFixture } from '../../workbench/support/fixture.ts';
import { activationMs } from './activation.ts';
import { measureForwards } from './forwardsAtFullRate.ts';
import { measureTree } from './tree.ts';
import type { WindowRow, WindowSizes } from './windowRow.ts';

/** A VS Code that is measured. */
export interface MeasuredWindow {
  readonly fixture: Fixture;
  /** In the extension host, beside the extension. */
  readonly companion: Companion;
}

/** Measures the extension in a real VS Code: once with each size of a namespace, with forwards in the last of them. */
export async function measureWindow(
  { treePods, seconds }: WindowSizes,
  onProgress: (line: string) => void,
): Promise<readonly WindowRow[]> {
  const rows: WindowRow[] = [];
  const activations: number[] = [];
  for (const [index, pods] of treePods.entries()) {
    await using started = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'kube-port-forward-bench-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    const workbench = { folder, others: [COMPANION] };
    const fixture = started.use(await startFixture({ cluster: { largePods: pods }, workbench }));
    const measured = { fixture, companion: new Companion(folder) };
    await fixture.window.openView('Port Forward');
    await measured.companion.ready();
    activations.push(await activationMs(fixture.window));
    rows.push(...(await measureTree(measured, pods, seconds)));
    if (index === treePods.length - 1) rows.push(...(await measureForwards(measured, seconds)));
    onProgress(`window with ${pods} pods: done`);
  }
  const worst = Math.max(...activations);
  return [
    { title: 'activation, bundle load included, as VS Code tells it', unit: 'ms', value: worst, atMost: 30 },
    ...rows,
  ];
}
