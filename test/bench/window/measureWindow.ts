import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPANION, Companion } from '../../workbench/support/companion.ts';
import { type Fixture, startFixture } from '../../workbench/support/fixture.ts';
import { median } from '../statistics.ts';
import { type Activation, readActivation } from './activation.ts';
import { measureForwards } from './forwardsAtFullRate.ts';
import { measureLoggedRequests } from './loggedRequests.ts';
import { measureTree } from './tree.ts';
import type { WindowRow, WindowSizes } from './windowRow.ts';

/** A VS Code window that is measured. */
export interface MeasuredWindow {
  readonly fixture: Fixture;
  /** A test extension in the same window, with which the benchmark calls the extension and measures its process. */
  readonly companion: Companion;
}

/**
 * Measures the extension in a real VS Code. Starts a VS Code for each number of pods in `treePods`, and measures how it
 * shows the pods. In the first VS Code, also measures activation, forwards and logged requests.
 */
export async function measureWindow(
  { treePods, seconds, starts }: WindowSizes,
  onProgress: (line: string) => void,
): Promise<readonly WindowRow[]> {
  const rows: WindowRow[] = [];
  const activations: Activation[] = [];
  for (const [index, pods] of treePods.entries()) {
    await using started = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'kube-port-forward-bench-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    const workbench = { folder, others: [COMPANION] };
    const fixture = started.use(await startFixture({ cluster: { largePods: pods }, workbench }));
    const measured = { fixture, companion: new Companion(folder) };
    await fixture.window.openView('Port Forward');
    await measured.companion.ready();
    if (index === 0) activations.push(...(await activate(measured, starts)));
    rows.push(...(await measureTree(measured, pods, seconds)));
    if (index === 0) {
      rows.push(...(await measureForwards(measured, seconds)));
      rows.push(...(await measureLoggedRequests(measured, seconds)));
    }
    onProgress(`window with ${pods} pods: done`);
  }
  return [...activationRows(activations), ...rows];
}

/**
 * Reloads the window several times, and measures the activation of the extension each time. Does not measure the first
 * start, in which the system reads the files of the extension from the disk.
 */
async function activate(
  { fixture, companion }: MeasuredWindow,
  starts: number,
): Promise<readonly Activation[]> {
  const activations: Activation[] = [];
  while (activations.length < starts) {
    await fixture.window.reload();
    await companion.ready();
    activations.push(await readActivation(fixture.window));
  }
  return activations;
}

function activationRows(activations: readonly Activation[]): readonly WindowRow[] {
  const middle = (pick: (activation: Activation) => number) => median(activations.map(pick));
  return [
    {
      title: 'activation while a window is reloaded, load of the bundle included',
      unit: 'ms',
      value: middle(({ loadMs, callMs }) => loadMs + callMs),
      atMost: 30,
      obstacle: 'a browser draws the window on the same two cores; of the load 8 ms are its own CPU time',
    },
    { title: 'of that, the call of `activate`', unit: 'ms', value: middle(({ callMs }) => callMs) },
    {
      title: "the same of VS Code's own extensions beside it, the middle one",
      unit: 'ms',
      value: middle(({ builtInMs }) => builtInMs),
    },
  ];
}
