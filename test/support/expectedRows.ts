import type { Exchange } from '../../src/kinds/exchange.ts';
import type { Step } from './tappedConversation.ts';

/**
 * The expected rows of the request log for each recording in test/fixtures/conversations: protocol, method, path,
 * status, and the numbers of bytes `REQUEST/RESPONSE`. A gRPC row also has the gRPC status. A WebSocket row also has
 * the numbers of messages.
 */
export const EXPECTED_ROWS: Readonly<Record<string, readonly string[]>> = {
  'chromium-page': [
    'http/1 GET / 200 0/331',
    'http/1 GET /style.css 200 0/16',
    'http/1 GET /logo.svg 200 0/41',
    'http/1 POST /api/items 200 42/71',
    'http/1 GET /missing 404 0/9',
    'http/1 GET / 200 0/331',
    'http/1 GET /style.css 200 0/16',
    'http/1 GET /logo.svg 200 0/41',
    'http/1 POST /api/items 200 42/71',
    'http/1 GET /missing 404 0/9',
  ],
  'curl-chunked-upload': ['http/1 PUT /echo 200 20000/20000'],
  'curl-early-413': ['http/1 POST /too-large 413 70000/9'],
  'curl-form': ['http/1 POST /echo 200 40/40', 'http/1 POST /echo 200 258/258'],
  'curl-http2': ['http/2 GET /api/items 200 0/3017'],
  'curl-keep-alive': [
    'http/1 GET /api/items 200 0/70',
    'http/1 GET /empty 204 0/0',
    'http/1 GET /cached 304 0/0',
    'http/1 HEAD / 200 0/0',
    'http/1 GET /fails 500 0/8',
    'http/1 GET /chunked 200 0/13',
    'http/1 GET /hints 200 0/11',
  ],
  'curl-refused-upgrade': ['http/1 GET /api/items 200 0/70', 'http/1 GET /empty 204 0/0'],
  'curl-reset': ['http/1 GET /reset 200 0/13 (the connection ended before the response was complete)'],
  'curl-tls': ['tls shop.test 731/1671 (encrypted; the client offers h2, http/1.1)'],
  'curl-unknown-method': [
    'http/1 GET /empty 204 0/0',
    'http/1 0/0 (logging stopped: unknown request method QUERY)',
  ],
  'curl-until-close': ['http/1 GET /until-close 200 0/25'],
  grpc: [
    'grpc POST /shop.Items/Get 200 grpc 0 8/12',
    'grpc POST /shop.Items/Get 200 grpc 5 9/0',
    'grpc POST /shop.Items/Watch 200 grpc 0 8/33',
  ],
  'node-agent': [
    'http/1 GET /api/items 200 0/70',
    'http/1 POST /api/items 200 70000/74',
    'http/1 DELETE /empty 204 0/0',
    'http/1 GET /chunked 200 0/13',
  ],
  'node-http2': [
    'http/2 GET /one 200 0/3017',
    'http/2 POST /two 200 5000/3020',
    'http/2 GET /fails 0/0 (the stream was reset: INTERNAL_ERROR)',
    'http/2 GET /empty 204 0/0',
  ],
  'node-pipelined': [
    'http/1 GET /chunked 200 0/13',
    'http/1 HEAD / 200 0/0',
    'http/1 GET /cached 304 0/0',
    'http/1 GET /style.css 200 0/16',
    'http/1 GET /missing 404 0/9',
  ],
  'python-http-1.0': ['http/1 GET /one 200 0/5', 'http/1 HEAD /two 200 0/0', 'http/1 POST /three 200 4/9'],
  'python-keep-alive': ['http/1 GET /one 200 0/5', 'http/1 HEAD /two 200 0/0', 'http/1 POST /three 200 4/9'],
  ws: ['websocket GET /live 101 70305/319 3/6 messages'],
};

/** Formats a row of the request log like the rows of {@link EXPECTED_ROWS}. */
export function summary(row: Exchange): string {
  const { protocol, method, host, path, status, grpcStatus, note } = row;
  const words = [
    protocol,
    method ?? '',
    path ?? (protocol === 'tls' ? host : '') ?? '',
    status ?? '',
    grpcStatus === undefined ? '' : `grpc ${grpcStatus}`,
    `${row.requestBytes}/${row.responseBytes}`,
    row.requestMessages === undefined ? '' : `${row.requestMessages}/${row.responseMessages} messages`,
    note === undefined ? '' : `(${note})`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

/** Groups the steps of a recording by client connection. Returns one list of steps for each connection. */
export function connectionsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const numbers = new Set(steps.map(({ connection }) => connection));
  return [...numbers].map((number) => steps.filter(({ connection }) => connection === number));
}
