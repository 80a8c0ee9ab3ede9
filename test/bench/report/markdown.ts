import { type Goal, isMet } from '../goals.ts';
import { OURS, PEER_TITLES, type PeerName } from '../peers.ts';
import type { Results } from '../results.ts';
import type { Metric, Unit } from '../rows/experiment.ts';
import type { Spread } from '../statistics.ts';
import type { WindowRow } from '../window/windowRow.ts';

/**
 * Returns the table with the median of each metric for each peer. The last column contains the value of this program
 * divided by the value of kubectl. This ratio is computed for each turn: see {@link Results.ratio}.
 */
export function resultTable(results: Results, peers: readonly PeerName[]): string {
  const header = ['', ...peers.map((peer) => PEER_TITLES[peer]), 'ours : kubectl'];
  const rows = results.metrics.map((metric) => [
    metric.title,
    ...peers.map((peer) => cell(results, metric, peer)),
    ratioCell(results, metric),
  ]);
  return markdownTable(header, rows);
}

/** The IDs of the metrics that matter most to users. */
const SUMMARY: readonly string[] = [
  'firstP90',
  'firstFarP90',
  'burst',
  'burstFar',
  'download',
  'downloadCpu',
  'upload',
  'stalledServed',
];
const SUMMARY_PEERS: readonly PeerName[] = ['kubectl', 'clientNode', OURS];

/** Returns a short table of the {@link SUMMARY} metrics that were measured. */
export function summaryTable(results: Results): string {
  const metrics = results.metrics.filter(({ id }) => SUMMARY.includes(id));
  const header = ['', ...SUMMARY_PEERS.map((peer) => (peer === OURS ? 'this' : PEER_TITLES[peer]))];
  return markdownTable(
    header,
    metrics.map((metric) => [metric.title, ...SUMMARY_PEERS.map((peer) => cell(results, metric, peer))]),
  );
}

/** Returns the table of goals. A row contains a goal, the measured value, and whether the goal is met. */
export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => [goal.title, wanted(goal), measured(goal), verdict(goal)]);
  return markdownTable(['goal', 'wanted', 'measured', ''], rows);
}

/** Returns the table of measurements in a VS Code window, with their goals and whether the goals are met. */
export function windowTable(rows: readonly WindowRow[]): string {
  const cells = rows.map(({ title, unit, value, atMost, obstacle }) => [
    title,
    atMost === undefined ? '' : `≤ ${formatValue(atMost, unit)}`,
    formatValue(value, unit) || 'not measured',
    atMost === undefined || Number.isNaN(value) ? '' : verdictText(value <= atMost, obstacle),
  ]);
  return markdownTable(['in a VS Code window', 'wanted', 'measured', ''], cells);
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((title, index) => (index === 0 || title === '' ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** Formats a value with its unit. Small values get more decimal places. */
export function formatValue(value: number, unit: Unit): string {
  if (Number.isNaN(value)) return '';
  switch (unit) {
    case 'yes':
      return value >= 1 ? 'yes' : 'no';
    case 'of 20':
      return `${Math.round(value)} of 20`;
    case '%':
      return `${value.toFixed(2)} %`;
    case 's/GB':
      return `${value.toFixed(2)} s/GB`;
    case 'ms':
      return `${digits(value)} ms`;
    case '/s':
      return `${digits(value)}/s`;
    case 'times':
      return value.toFixed(2);
    case 'MB':
    case 'MB/s':
    case 'bytes':
      return `${digits(value)} ${unit}`;
    case 'tunnels':
      return String(Math.round(value));
  }
}

function digits(value: number): string {
  const places = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}

function cell(results: Results, metric: Metric, peer: PeerName): string {
  return formatValue(results.median(metric.id, peer), metric.unit);
}

function ratioCell(results: Results, { id, unit }: Metric): string {
  if (unit === 'yes' || unit === 'of 20' || unit === 'times') return '';
  const ratio = results.ratio(id, OURS, 'kubectl');
  return ratio === undefined ? '' : formatSpread(ratio);
}

function formatSpread({ minimum, median, maximum }: Spread, unit = ''): string {
  const middle = `${ratioDigits(median)}${unit}`;
  if (minimum === maximum) return middle;
  return `${middle} (${ratioDigits(minimum)}–${ratioDigits(maximum)})`;
}

function ratioDigits(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 100 ? 2 : 0);
}

function wanted({ atMost, atLeast, unit = '' }: Goal): string {
  return atMost !== undefined ? `≤ ${atMost}${unit}` : `≥ ${atLeast}${unit}`;
}

function measured({ measured: value, unit }: Goal): string {
  return value === undefined ? 'not measured' : formatSpread(value, unit);
}

function verdict(goal: Goal): string {
  if (goal.measured === undefined) return '';
  return verdictText(isMet(goal), goal.obstacle);
}

function verdictText(isReached: boolean, obstacle: string | undefined): string {
  if (isReached) return 'met';
  return obstacle === undefined ? '**not met**' : `**not met**: ${obstacle}`;
}
