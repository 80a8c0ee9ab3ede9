// Records the animated picture of the README. Build first, and then run:
// `node scripts/bootstrap.mjs test/workbench/recordTour.ts`
import { writeFileSync } from 'node:fs';
import gifenc from 'gifenc';
import { PNG } from 'pngjs';
import type { WorkbenchWindow } from './harness/workbenchWindow.ts';
import { startFixture } from './support/fixture.ts';
import { parseKubeconfig, writeKubeconfig } from './support/kubeconfig.ts';
import { presentable, showPointer, widenSideBar } from './support/pictures.ts';
import { fetchText } from './support/ports.ts';

const FILE = 'media/tour.gif';
const VIEWPORT = { width: 960, height: 680 };
const COLORS = 128;
const LOCAL_PORT = 8081;

interface Frame {
  readonly png: Buffer;
  /** How long the frame shows, in milliseconds. */
  readonly delayMs: number;
}

const frames: Frame[] = [];
{
  await using fixture = await startFixture({
    cluster: {},
    workbench: {
      viewport: VIEWPORT,
      settings: { 'workbench.colorTheme': 'Default Dark Modern', 'window.title': 'Kubernetes Port Forward' },
    },
  });
  const { cluster, window } = fixture;
  writeKubeconfig(cluster.kubeconfigPath, presentable(parseKubeconfig(cluster.kubeconfig)));
  await record(window, async (delayMs) => {
    frames.push({ png: await window.page.screenshot(), delayMs });
  });
}
writeFileSync(FILE, toGif(frames));

/**
 * Shows how a user forwards a port of a pod, from the Clusters tree to the first traffic. Takes a picture of each step.
 */
async function record(window: WorkbenchWindow, take: (delayMs: number) => Promise<void>): Promise<void> {
  await window.openView('Port Forward');
  const clusters = window.tree('Clusters');
  await clusters.row('production');
  await widenSideBar(window);
  await showPointer(window);
  await take(1_000);
  await clusters.expand('kind-shop');
  await take(700);
  await clusters.expand('demo');
  await clusters.row('multi');
  await take(1_500);
  await clusters.openContextMenu(/^Pod multi/);
  await clusters.menuIsShown();
  const command = window.page
    .locator('.monaco-menu .action-menu-item', { hasText: 'Forward Port...' })
    .first();
  await command.hover();
  await take(1_500);
  await command.click();
  await window.quickInput.items();
  await take(1_500);
  await window.quickInput.type(`${LOCAL_PORT}:8080`);
  await take(1_000);
  await window.quickInput.pick(`${LOCAL_PORT}:8080`);
  await window.notifications.waitFor(`${LOCAL_PORT}`);
  await window.tree('Forwards').row(/ready/);
  await take(2_500);
  await fetchText(LOCAL_PORT);
  await window.tree('Forwards').row((row) => row.description.includes('↑'));
  await take(1_500);
  await window.runCommand('Notifications: Clear All Notifications');
  await window.runCommand('Kubernetes Port Forward: Show Output');
  await window.outputLines();
  await take(3_000);
}

function toGif(pictures: readonly Frame[]): Uint8Array {
  const encoder = gifenc.GIFEncoder();
  for (const { png, delayMs } of pictures) {
    const { data, width, height } = PNG.sync.read(png);
    const palette = gifenc.quantize(data, COLORS);
    encoder.writeFrame(gifenc.applyPalette(data, palette), width, height, { palette, delay: delayMs });
  }
  encoder.finish();
  return encoder.bytes();
}
