import type { TrafficRange } from '../kinds/exchange.ts';
import type { FilterFields } from './filter.ts';

export type { TrafficRange } from '../kinds/exchange.ts';

/**
 * The messages between a window and its webviews. All texts are plain text in the user's language: a webview shows them as
 * text, never as HTML.
 */

/** The color of a status. */
export type StatusLevel = 'none' | 'ok' | 'redirect' | 'clientError' | 'serverError';

/** One request as a row of the table: its cells, and the fields for the filter. */
export interface RequestRow extends FilterFields {
  readonly id: number;
  readonly time: string;
  /** The path, or the note of a connection that is not HTTP. */
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

/** The reason why the table has no rows, and the user's next step. */
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
  /** `{count}` and `{total}` are filled in by the webview. */
  readonly matching: string;
  /** Appended to a screen reader's text of a recorded row. */
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

/** The most requests that the table keeps, equal to the forward host's limit. */
export const ROW_LIMIT = 1_000;

/** One moment of a chart. Rates are per second; null leaves a gap. */
export interface TrafficPoint {
  /** Seconds since the epoch. */
  readonly at: number;
  /** Bytes per second from pods, and to pods. */
  readonly received: number;
  readonly sent: number;
  readonly open: number;
  readonly opened: number;
  /** Milliseconds to the first byte. */
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
