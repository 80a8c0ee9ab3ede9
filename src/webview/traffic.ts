import { formatBytes, formatDuration } from '../base/quantities.ts';
import {
  type FromTraffic,
  sampleLimit,
  type ToTraffic,
  TRAFFIC_SPANS,
  type TrafficPoint,
  type TrafficRange,
  type TrafficTexts,
} from '../panel/messages.ts';
import { element } from './element.ts';
import { TrafficChart } from './trafficChart.ts';
import { onWindowMessage, postToWindow } from './vscodeApi.ts';

const post = (message: FromTraffic): void => postToWindow(message);

/** The page of the Traffic view: three charts with the same time range. */
class TrafficPage {
  #charts: readonly TrafficChart[] = [];
  #points: readonly TrafficPoint[] = [];
  #range: TrafficRange = 'minutes';
  #texts: TrafficTexts | undefined;

  constructor() {
    // Creates the charts again when the color theme changes, because they contain the colors. VS Code then changes the
    // attribute `style` of `html` and the attribute `class` of `body`.
    const observer = new MutationObserver(() => this.#create());
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }

  receive(message: ToTraffic): void {
    if (message.type === 'points') {
      this.#points = [...this.#points, ...message.points].slice(-sampleLimit(this.#range));
      this.#draw();
      return;
    }
    this.#points = message.points;
    this.#range = message.range;
    this.#texts = message.texts;
    this.#create();
  }

  #create(): void {
    const texts = this.#texts;
    if (texts === undefined) return;
    for (const chart of this.#charts) chart.dispose();
    const main = element('main');
    document.body.replaceChildren(main);
    this.#charts = chartsOf(texts).map((options) => new TrafficChart(main, { ...options, time: texts.time }));
    this.#draw();
    // Draws once more in the next frame, because the legend of a new chart ignores values that are set before that
    // frame.
    requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const end = this.#points.at(-1)?.at ?? Date.now() / 1000;
    const { seconds, perSample } = TRAFFIC_SPANS[this.#range];
    for (const chart of this.#charts) {
      chart.draw(this.#points, perSample, { start: end - seconds, end });
    }
  }
}

function chartsOf(texts: TrafficTexts) {
  return [
    {
      title: texts.rates,
      format: (value: number) => formatBytes(value),
      series: [
        {
          label: texts.received,
          color: '--vscode-charts-blue',
          read: (point: TrafficPoint) => point.received,
        },
        { label: texts.sent, color: '--vscode-charts-yellow', read: (point: TrafficPoint) => point.sent },
      ],
    },
    {
      title: texts.connections,
      format: (value: number) => String(Math.round(value * 10) / 10),
      series: [
        { label: texts.open, color: '--vscode-charts-green', read: (point: TrafficPoint) => point.open },
        { label: texts.opened, color: '--vscode-charts-purple', read: (point: TrafficPoint) => point.opened },
      ],
    },
    {
      title: texts.firstByte,
      format: formatDuration,
      series: [
        { label: texts.p50, color: '--vscode-charts-blue', read: (point: TrafficPoint) => point.p50 },
        { label: texts.p95, color: '--vscode-charts-red', read: (point: TrafficPoint) => point.p95 },
      ],
    },
  ];
}

const page = new TrafficPage();
onWindowMessage<ToTraffic>((message) => page.receive(message));
post({ type: 'ready' });
