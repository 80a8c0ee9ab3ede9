import type { Exchange } from '../../rpc/exchanges.ts';

/** Scheme of the read-only documents of the request log. */
export const EXCHANGE_SCHEME = 'kube-http';

export type ExchangePart = 'exchange' | 'request' | 'response';

const PARTS: readonly string[] = ['exchange', 'request', 'response'] satisfies readonly ExchangePart[];
const NAME_LIMIT = 40;

/** File name extensions by media type, so that VS Code opens a body in a suitable editor. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/javascript': 'js',
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/xml': 'xml',
  'application/x-www-form-urlencoded': 'txt',
  'application/yaml': 'yaml',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'image/x-icon': 'ico',
  'text/css': 'css',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/javascript': 'js',
  'text/markdown': 'md',
  'text/xml': 'xml',
};

/**
 * Returns the path of a document: `/12.1767348131000/exchange/GET items.txt`. The path contains the id and the start
 * time of the request. The id alone is not unique: each forward host numbers its requests from the beginning, and an
 * editor can stay open longer than a host runs. The last segment is the title of the editor.
 */
export function exchangePath(exchange: Exchange, part: ExchangePart, extension = 'txt'): string {
  const last = (exchange.path ?? '').split('/').findLast((segment) => segment !== '') ?? '';
  // The title contains the method and the last segment of the path, as in the request. Replaces all characters that
  // could have a meaning in a file path, such as `/`.
  const words = [
    exchange.method ?? exchange.protocol.replace('/', ''),
    last,
    part === 'exchange' ? '' : part,
  ];
  const name = words
    .map((word) => word.replace(/[^\w.-]+/g, '_').slice(0, NAME_LIMIT))
    .filter((word) => word !== '')
    .join(' ');
  return `/${exchange.id}.${Math.floor(exchange.startedAt)}/${part}/${name}.${extension}`;
}

/**
 * The values in the path of a document: the id and start time of a request, and what the document contains (`part`):
 * the whole exchange, only the request body, or only the response body.
 */
export interface ExchangePlace {
  readonly id: number;
  /** Whole milliseconds since the epoch. */
  readonly startedAt: number;
  readonly part: ExchangePart;
}

/** Parses a path from {@link exchangePath}. Returns undefined for any other path. */
export function readExchangePath(path: string): ExchangePlace | undefined {
  const [, id = '', startedAt = '', part = ''] =
    /^\/(\d{1,15})\.(\d{1,15})\/([a-z]+)\/[^/]+$/.exec(path) ?? [];
  if (!PARTS.includes(part)) return undefined;
  return { id: Number(id), startedAt: Number(startedAt), part: part as ExchangePart };
}

/** Returns the file name extension for a body. A binary body of an unknown type has the extension `bin`. */
export function extensionOf(mediaType: string, isText: boolean): string {
  const known = EXTENSIONS[mediaType];
  if (known !== undefined) return known;
  if (/\+json$/.test(mediaType)) return 'json';
  if (/\+xml$/.test(mediaType)) return 'xml';
  return isText ? 'txt' : 'bin';
}
