import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILTER_KEYS, type FilterFields, readFilter } from '../../../src/panel/filter.ts';

const REQUESTS: Readonly<Record<string, FilterFields>> = {
  home: fields({ path: '/', statusCode: 200 }),
  items: fields({ path: '/api/items?page', statusCode: 200, host: 'localhost:8080' }),
  create: fields({ method: 'POST', path: '/api/items', statusCode: 201 }),
  missing: fields({ path: '/favicon.ico', statusCode: 404 }),
  broken: fields({ method: 'POST', path: '/api/Orders', statusCode: 503, forward: 'shop', pod: 'shop-1' }),
  running: fields({ path: '/slow file' }),
  grpc: fields({ path: '/shop/Get', status: '200 UNAVAILABLE' }),
  encrypted: fields({ method: 'TLS', path: '', note: 'secure.example' }),
};

const CASES: Readonly<Record<string, readonly (keyof typeof REQUESTS)[]>> = {
  '': Object.keys(REQUESTS),
  '   ': Object.keys(REQUESTS),
  'status:5xx': ['broken'],
  'status:5': ['broken'],
  'status:20': ['home', 'items', 'create'],
  'status:404': ['missing'],
  'status:404,5xx': ['missing', 'broken'],
  'status:4XX,': ['missing'],
  'status:>=400': ['missing', 'broken'],
  'status:<300': ['home', 'items', 'create'],
  'status:>200 status:<=404': ['create', 'missing'],
  'status:': Object.keys(REQUESTS),
  'status:2xx -path:/api': ['home'],
  'status:many': [],
  'status:.*': [],
  'status:2000': [],
  'method:POST': ['create', 'broken'],
  'METHOD:post': ['create', 'broken'],
  'method:po': ['create', 'broken'],
  '-method:GET': ['create', 'broken', 'encrypted'],
  'method:GET,TLS -status:200': ['missing', 'running', 'grpc', 'encrypted'],
  'path:/api': ['items', 'create', 'broken'],
  'path:/API/orders': ['broken'],
  'forward:shop': ['broken'],
  'pod:shop-1 method:POST': ['broken'],
  'host:8080': ['items'],
  'path:/api method:POST status:2xx': ['create'],
  items: ['items', 'create'],
  '-items status:2xx': ['home'],
  '503': ['broken'],
  unavailable: ['grpc'],
  secure: ['encrypted'],
  'localhost:8080/api': ['items'],
  'slow file': ['running'],
  '"slow file"': ['running'],
  'path:"slow file"': ['running'],
  '"file slow"': [],
  '"slow': ['running'],
  '-': Object.keys(REQUESTS),
  '-status:': Object.keys(REQUESTS),
  'unknown:thing': [],
  '(.*': [],
  'toString:x': [],
  '__proto__:x': [],
};

for (const [text, expected] of Object.entries(CASES)) {
  test(`the filter ${JSON.stringify(text)} passes ${expected.join(', ') || 'nothing'}`, () => {
    const filter = readFilter(text);
    const passed = Object.keys(REQUESTS).filter((name) => filter(REQUESTS[name] as FilterFields));
    assert.deepEqual(passed, expected);
  });
}

test('a filter of any text is read quickly', () => {
  for (const text of ['"'.repeat(20_000), 'a:'.repeat(20_000), '-'.repeat(20_000), 'status:'.repeat(9_000)]) {
    readFilter(text)(fields({}));
  }
});

test('the filter box offers the keys of the filter', () => {
  assert.deepEqual(FILTER_KEYS, ['status', 'method', 'path', 'host', 'forward', 'pod']);
});

function fields(given: Partial<FilterFields>): FilterFields {
  const { statusCode } = given;
  const status = statusCode === undefined ? '' : String(statusCode);
  return { method: 'GET', host: '', path: '', status, forward: 'web', pod: 'web-abc', note: '', ...given };
}
