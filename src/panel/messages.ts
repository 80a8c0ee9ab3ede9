import type { TrafficRange } from '../kinds/exchange.ts';
import type { FilterFields } from './filter.ts';

export type { TrafficRange } from '../kinds/exchange.ts';

/**
 * The messages between a window and its webviews. All texts are plain text in the language of the user: a webview
 * shows them as text, never as HTML.
 */

/** The class of a status, which determines the color of the status. */
export type StatusLevel = 'none' | 'ok' | 'redirect' | 'clientError' | 'serverError';

/** One request as a row of the table: its cells, and the fields for the filter. */
export interface RequestRow extends FilterFields {
  readonly id: number;
  readonly time: string;
  /** The path and the note of a request. Only the note if the connection is not HTTP. */
  readonly target: string;
  readonly level: StatusLevel;
  readonly duration: string;
  readonly size: string;
  readonly isRecorded: boolean;
}

/** The columns of the table, in their order. */
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
  /** The title of a button. Optional, default: no button. */
  readonly button?: string;
}

export interface RequestsTexts {
  /** Names the table for screen readers. */
  readonly table: string;
  readonly columns: Readonly<Record<Column, string>>;
  readonly filterPlaceholder: string;
  /** Names the filter box for screen readers. */
  readonly filterName: string;
  readonly noMatch: string;
  /** The number of requests that match the filter. The webview replaces `{count}` and `{total}`. */
  readonly matching: string;
  /** Appended to the text that screen readers read for a recorded row. */
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

/** The most requests that the table keeps. The forward host keeps the same number. */
export const ROW_LIMIT = 1_000;

/** The values of all charts at one time. Null leaves a gap in the line. */
export interface TrafficPoint {
  /** Seconds since the epoch. */
  readonly at: number;
  /** Bytes per second from pods (`received`) and to pods (`sent`). */
  readonly received: number;
  readonly sent: number;
  readonly open: number;
  readonly opened: number;
  /** The time to the first byte in milliseconds: the median and the 95th percentile. */
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
