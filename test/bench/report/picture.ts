import { launchBrowser } from '../../workbench/harness/browser.ts';
import { ensureWorkbenchInstalled } from '../../workbench/harness/installation.ts';
import { OURS, PEER_TITLES, type PeerName } from '../peers.ts';
import type { Results } from '../results.ts';
import type { Metric } from '../rows/experiment.ts';
import { formatValue } from './markdown.ts';

/** The peers in the order of the bars, each with its colour. */
const DRAWN: readonly (readonly [peer: PeerName, colour: string])[] = [
  [OURS, '#326ce5'],
  ['kubectl', '#8a8f98'],
  ['clientNode', '#c9ccd1'],
];
/** The IDs of the metrics that the picture shows. The tables show all metrics. */
const METRICS: readonly string[] = [
  'firstP90',
  'firstFarP90',
  'burst',
  'burstFar',
  'downloadCpu',
  'uploadCpu',
  'besideP99',
  'stalledServed',
];
const WIDTH = 860;

/** Draws a bar chart of the {@link METRICS} that were measured into a PNG file. */
export async function drawPicture(
  results: Results,
  path: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const browser = await launchBrowser(ensureWorkbenchInstalled(onProgress));
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 100 }, deviceScaleFactor: 2 });
    await page.setContent(html(results));
    await page.locator('main').screenshot({ path });
  } finally {
    await browser.close();
  }
}

function html(results: Results): string {
  const metrics = METRICS.map((id) => results.metrics.find((metric) => metric.id === id)).filter(
    (metric) => metric !== undefined,
  );
  return `<!doctype html><style>
    main { width: ${WIDTH - 48}px; padding: 20px 24px; background: #fff; color: #24292f; font: 14px/1.3 sans-serif; }
    header { display: flex; gap: 20px; margin-bottom: 6px; }
    header b { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; }
    section { display: grid; grid-template-columns: 300px 1fr; gap: 12px; padding: 8px 0; border-top: 1px solid #eaecef; }
    h3 { margin: 0; font: inherit; align-self: center; }
    small { color: #6e7781; display: block; font-size: 12px; }
    div { display: flex; align-items: center; gap: 8px; height: 17px; font-size: 12px; white-space: nowrap; }
    i { height: 11px; border-radius: 3px; min-width: 2px; }
  </style><main><header>${DRAWN.map(([peer, colour]) => `<span><b style="background:${colour}"></b>${PEER_TITLES[peer]}</span>`).join('')}</header>
  ${metrics.map((metric) => section(results, metric)).join('')}</main>`;
}

function section(results: Results, metric: Metric): string {
  const values = DRAWN.map(([peer, colour]) => ({ colour, value: results.median(metric.id, peer) })).filter(
    ({ value }) => !Number.isNaN(value),
  );
  const most = Math.max(...values.map(({ value }) => value), Number.MIN_VALUE);
  const bars = values.map(
    ({ colour, value }) =>
      `<div><i style="background:${colour};width:${Math.round((value / most) * 75)}%"></i>${formatValue(value, metric.unit)}</div>`,
  );
  return `<section><h3>${metric.title}<small>${metric.better} is better</small></h3><aside>${bars.join('')}</aside></section>`;
}
