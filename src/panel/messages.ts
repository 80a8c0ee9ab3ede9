import type { TrafficRange } from '../kinds/exchange.ts';
import type { FilterFields } from './filter.ts';

export { sampleLimit, TRAFFIC_SPANS, type TrafficRange } from '../kinds/exchange.ts';

/**
 * The messages between a window and its webviews. All texts in the messages are in the language of the user. A webview
 * shows them as plain text, never as HTML.
 */

/** The kind of an HTTP status, such as `serverError` for 5xx. The webview shows each kind in another color. */
export type StatusLevel = 'none' | 'ok' | 'redirect' | 'clientError' | 'serverError';

/** A row of the table, which shows one request: the texts of its cells, and the fields that the filter checks. */
export interface RequestRow extends FilterFields {
  readonly id: number;
  readonly time: string;
  /**
   * The text of the column `target`: the path of the request, followed by the note, which can say why the request or
   * its response is incomplete. If the connection is not HTTP, the text is only the note.
   */
  readonly target: string;
  readonly level: StatusLevel;
  readonly duration: string;
  readonly size: string;
  readonly isRecorded: boolean;
}

/** The columns of the table, from left to right. */
export const COLUMNS = [
  'time',
  'forward',
  'method',
  'target',
  'status',
  'duration',
  'size',
  'pod',
] as const satisfies readonly (keyof RequestRow)[];

export type Column = (typeof COLUMNS)[number];

/** The reason why the table has no rows, and what the user can do. */
export interface EmptyState {
  readonly text: string;
  /** The title of the button below the text. Optional, default: no button. */
  readonly button?: string;
}

export interface RequestsTexts {
  /** The name of the table for screen readers. */
  readonly table: string;
  readonly columns: Readonly<Record<Column, string>>;
  readonly filterPlaceholder: string;
  /** The name of the filter box for screen readers. */
  readonly filterName: string;
  readonly noMatch: string;
  /**
   * The text that says how many requests match the filter: `{count} of {total}`. The webview replaces the two
   * placeholders with the numbers.
   */
  readonly matching: string;
  /** A word that screen readers say when they read the row of a recorded request. */
  readonly recorded: string;
}

/** Messages from the window to the webview of requests. */
export type ToRequests =
  | {
      readonly type: 'show';
      readonly texts: RequestsTexts;
      readonly rows: readonly RequestRow[];
      readonly empty: EmptyState;
      readonly isFollowing: boolean;
    }
  | { readonly type: 'rows'; readonly rows: readonly RequestRow[] }
  | { readonly type: 'clear' }
  | { readonly type: 'empty'; readonly empty: EmptyState }
  | { readonly type: 'follow'; readonly isFollowing: boolean };

/** Messages from the webview of requests to the window. */
export type FromRequests =
  | { readonly type: 'ready' }
  | { readonly type: 'open'; readonly id: number; readonly isPinned: boolean }
  | { readonly type: 'button' }
  | { readonly type: 'following'; readonly isFollowing: boolean };

/** The values of all charts at one point in time. If `p50` or `p95` is null, the chart has a gap at this time. */
export interface TrafficPoint {
  /** Seconds since the epoch. */
  readonly at: number;
  /** Bytes per second from pods (`received`) and to pods (`sent`). */
  readonly received: number;
  readonly sent: number;
  readonly open: number;
  readonly opened: number;
  /** The time from a request to the first byte of its response, in milliseconds: the median and the 95th percentile. */
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface TrafficTexts {
  readonly rates: string;
  readonly received: string;
  readonly sent: string;
  readonly connections: string;
  readonly open: string;
  readonly opened: string;
  readonly firstByte: string;
  readonly p50: string;
  readonly p95: string;
  readonly time: string;
}

/** Messages from the window to the webview of traffic. */
export type ToTraffic =
  | {
      readonly type: 'show';
      readonly texts: TrafficTexts;
      readonly range: TrafficRange;
      readonly points: readonly TrafficPoint[];
    }
  | { readonly type: 'points'; readonly points: readonly TrafficPoint[] };

/** Messages from the webview of traffic to the window. */
export type FromTraffic = { readonly type: 'ready' };
