import './validLanguage.ts';
import uPlot from 'uplot';
import { chartColumns } from '../panel/chartColumns.ts';
import type { TrafficPoint } from '../panel/messages.ts';
import { element } from './element.ts';

export interface ChartSeries {
  readonly label: string;
  /** The name of a CSS variable with a color of the theme. */
  readonly color: string;
  readonly read: (point: TrafficPoint) => number | null;
}

export interface ChartOptions {
  readonly title: string;
  /** The text before the time in the legend. */
  readonly time: string;
  readonly format: (value: number) => string;
  readonly series: readonly ChartSeries[];
}

/**
 * The key that makes uPlot synchronize all charts: if the pointer is over one chart, all charts mark the same time.
 */
const SYNC_KEY = 'traffic';
const MIN_HEIGHT = 60;
const NOTHING = '–';

/**
 * A chart of traffic over time. The lines have different colors, and also different dash patterns for users who cannot
 * distinguish the colors. The legend shows the values at the pointer, or the latest values if the pointer is elsewhere.
 */
export class TrafficChart {
  readonly #options: ChartOptions;
  readonly #section: HTMLElement;
  readonly #plot: uPlot;
  readonly #observer: ResizeObserver;
  #range = { start: 0, end: 1 };

  constructor(parent: HTMLElement, options: ChartOptions) {
    this.#options = options;
    this.#section = element('section', { 'aria-label': options.title });
    const heading = element('h2', {}, options.title);
    const place = element('div', { class: 'plot' });
    this.#section.append(heading, place);
    parent.append(this.#section);
    this.#plot = new uPlot(this.#plotOptions(sizeOf(place)), [[], ...options.series.map(() => [])], place);
    this.#observer = new ResizeObserver(() => this.#plot.setSize(sizeOf(place)));
    this.#observer.observe(place);
  }

  /** @param seconds the time between two points */
  draw(
    points: readonly TrafficPoint[],
    seconds: number,
    range: { readonly start: number; readonly end: number },
  ): void {
    this.#range = range;
    const columns = chartColumns(
      points,
      seconds,
      this.#options.series.map(({ read }) => read),
    );
    this.#plot.setData(columns);
    // If the pointer is not over a chart, the legend shows the latest values.
    if ((this.#plot.cursor.left ?? -1) < 0 && points.length > 0) {
      this.#plot.setLegend({ idx: columns[0].length - 1 }, false);
    }
  }

  dispose(): void {
    this.#observer.disconnect();
    this.#plot.destroy();
    this.#section.remove();
  }

  #plotOptions(size: { readonly width: number; readonly height: number }): uPlot.Options {
    const { format, series, time } = this.#options;
    const text = themeColor('--vscode-descriptionForeground', '--vscode-foreground');
    const line = {
      stroke: themeColor('--vscode-editorIndentGuide-background1', '--vscode-panel-border'),
      width: 1,
    };
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: text, grid: line, ticks: line, font };
    return {
      ...size,
      cursor: { sync: { key: SYNC_KEY }, y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { range: () => [this.#range.start, this.#range.end] },
        y: { range: (_, __, max) => [0, Math.max(max ?? 0, 1) * 1.1] },
      },
      axes: [
        { ...axis, space: 70, size: 24, values: (_, splits) => splits.map(timeText) },
        { ...axis, space: 24, size: 62, values: (_, splits) => splits.map((value) => format(value)) },
      ],
      series: [
        { label: time, value: (_, value) => (value === null ? NOTHING : timeText(value, true)) },
        ...series.map(({ label, color }, index) => ({
          label,
          stroke: themeColor(color, '--vscode-foreground'),
          width: 1.5,
          ...(index === 0 ? {} : { dash: [5, 3] }),
          points: { show: true, size: 4, filter: lonePoints },
          value: (_: uPlot, value: number | null) =>
            value === null || value === undefined ? NOTHING : format(value),
        })),
      ],
    };
  }
}

/**
 * Returns the indexes of the points that have no neighbor with a value. The chart draws these points as dots, because
 * no line connects them with other points.
 */
function lonePoints(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const isGap = (index: number) => values[index] === null || values[index] === undefined;
  return [...values.keys()].filter((index) => !isGap(index) && isGap(index - 1) && isGap(index + 1));
}

function sizeOf(place: HTMLElement): { readonly width: number; readonly height: number } {
  const legend = place.querySelector<HTMLElement>('.u-legend')?.offsetHeight ?? 22;
  return { width: Math.max(1, place.clientWidth), height: Math.max(MIN_HEIGHT, place.clientHeight - legend) };
}

function timeText(seconds: number, withSeconds: unknown = false): string {
  return new Date(seconds * 1000).toLocaleTimeString(document.documentElement.lang || undefined, {
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds === true ? { second: '2-digit' } : {}),
  });
}

/** Returns the value of the first of these CSS variables that the theme defines. */
function themeColor(...names: readonly string[]): string {
  const style = getComputedStyle(document.documentElement);
  return (
    names.map((name) => style.getPropertyValue(name).trim()).find((value) => value !== '') ?? 'currentColor'
  );
}
