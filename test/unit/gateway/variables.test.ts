import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyVariables, withoutProxyVariables } from '../../../src/gateway/variables.ts';

const BEFORE = {
  HOME: '/home/jane',
  HTTPS_PROXY: 'http://company:3128',
  no_proxy: 'intranet',
  JAVA_TOOL_OPTIONS: '-Xmx1g',
};
const OPTIONS = { localPort: 8900, secret: 'known', environment: BEFORE };
const environmentOf = (secret: string) => (secret === 'known' ? BEFORE : undefined);

test('without the variables of a gateway, a program has the proxies that it had before', () => {
  for (const java of [false, true]) {
    const inside = { ...BEFORE, ...proxyVariables({ ...OPTIONS, java }), AWS_PROFILE: 'demo' };
    assert.deepEqual(withoutProxyVariables(inside, environmentOf), { ...BEFORE, AWS_PROFILE: 'demo' });
  }
});

test('on Windows, where the names of variables are in upper case, a program also has its earlier proxies', () => {
  const upper = (variables: object) =>
    Object.fromEntries(Object.entries(variables).map(([name, value]) => [name.toUpperCase(), value]));
  const before = upper(BEFORE);
  const inside = { ...before, ...upper(proxyVariables(OPTIONS)) };
  assert.deepEqual(
    withoutProxyVariables(inside, () => before),
    before,
  );
});

test('variables that were changed since, and those of an unknown gateway, stay', () => {
  const inside = { ...BEFORE, ...proxyVariables(OPTIONS) };
  const changed = { NO_PROXY: '*', http_proxy: 'http://other:1' };
  assert.deepEqual(withoutProxyVariables({ ...inside, ...changed }, environmentOf), {
    ...BEFORE,
    ...changed,
  });
  for (const environment of [BEFORE, { ...BEFORE, ...proxyVariables({ ...OPTIONS, secret: 'unknown' }) }, {}])
    assert.deepEqual(withoutProxyVariables(environment, environmentOf), environment);
});
