import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined } from '../../../src/base/defined.ts';
import { proxyVariables, withoutProxyVariables } from '../../../src/gateway/variables.ts';

const BEFORE = {
  HOME: '/home/jane',
  HTTPS_PROXY: 'http://company:3128',
  no_proxy: 'intranet',
  JAVA_TOOL_OPTIONS: '-Xmx1g',
};
const EARLIER = 'KUBE_PORT_FORWARD_EARLIER_PROXIES';
const OPTIONS = { localPort: 8900, secret: 'known', environment: BEFORE };

test('without the variables of a gateway, a program has the proxies that it had before', () => {
  for (const secret of ['known', undefined]) {
    for (const java of [false, true]) {
      const variables = proxyVariables({ ...OPTIONS, ...defined({ secret }), java });
      const inside = { ...BEFORE, ...variables, AWS_PROFILE: 'demo' };
      assert.deepEqual(withoutProxyVariables(inside), { ...BEFORE, AWS_PROFILE: 'demo' });
    }
  }
});

test('without the variables of two gateways, one inside the other, a program has the proxies that it had before', () => {
  const inside = { ...BEFORE, ...proxyVariables(OPTIONS) };
  const twice = { ...inside, ...proxyVariables({ localPort: 8901, environment: inside }) };
  assert.deepEqual(withoutProxyVariables(twice), BEFORE);
});

test('the variables contain no password of an earlier proxy, and a program still uses the gateway in place of this proxy', () => {
  const environment = {
    HTTPS_PROXY: 'http://jane:word@company:3128',
    http_proxy: 'jane:word@company',
    JAVA_TOOL_OPTIONS: '-Dhttp.proxyPassword=word',
  };
  for (const secret of ['known', undefined]) {
    const variables = proxyVariables({ localPort: 8900, environment, ...defined({ secret }) });
    assert.doesNotMatch(Buffer.from(variables[EARLIER] ?? '', 'base64url').toString(), /word/);
    const { HTTPS_PROXY, http_proxy } = variables;
    const { JAVA_TOOL_OPTIONS } = environment;
    const inside = { ...environment, ...variables };
    assert.deepEqual(withoutProxyVariables(inside), { HTTPS_PROXY, http_proxy, JAVA_TOOL_OPTIONS });
  }
});

test('the options for Java, which every JVM prints, contain the earlier options and no secret', () => {
  const variables = proxyVariables({ ...OPTIONS, java: true });
  assert.equal(variables['JAVA_TOOL_OPTIONS'], '-Xmx1g -DsocksProxyHost=127.0.0.1 -DsocksProxyPort=8900');
  assert.match(variables['http_proxy'] ?? '', /known/);
});

test('programs connect to this machine directly, and to all other hosts through the gateway', () => {
  const { NO_PROXY, no_proxy, HTTP_PROXY, https_proxy } = proxyVariables({
    localPort: 8900,
    environment: {},
  });
  // A longer list, such as the earlier value, could exempt names of services.
  assert.deepEqual([NO_PROXY, no_proxy], ['localhost,127.0.0.1,::1', 'localhost,127.0.0.1,::1']);
  assert.deepEqual([HTTP_PROXY, https_proxy], ['http://127.0.0.1:8900', 'http://127.0.0.1:8900']);
});

test('on Windows, where the names of variables are in upper case, a program also has its earlier proxies', () => {
  const upper = (variables: object): Record<string, string> =>
    Object.fromEntries(Object.entries(variables).map(([name, value]) => [name.toUpperCase(), value]));
  const environment = upper(BEFORE);
  const inside = { ...environment, ...upper(proxyVariables({ ...OPTIONS, environment })) };
  assert.deepEqual(withoutProxyVariables(inside), environment);
});

test('variables that were changed since stay', () => {
  const inside = { ...BEFORE, ...proxyVariables(OPTIONS) };
  const changed = { NO_PROXY: '*', http_proxy: 'http://other:1', https_proxy: 'http://127.0.0.1:3128' };
  assert.deepEqual(withoutProxyVariables({ ...inside, ...changed }), { ...BEFORE, ...changed });
});

test('the proxies of a program that has no variables of a gateway, or damaged ones, stay', () => {
  const { [EARLIER]: _, ...others } = proxyVariables(OPTIONS);
  for (const environment of [BEFORE, { ...BEFORE, ...others }, {}])
    assert.deepEqual(withoutProxyVariables(environment), environment);
  for (const content of [
    '',
    'null',
    '{',
    '[]',
    '{"localPort":8900}',
    '{"localPort":8900,"earlier":{"A":1},"hidden":[]}',
    '{"localPort":8900,"earlier":{}}',
  ]) {
    const damaged = { ...others, [EARLIER]: Buffer.from(content).toString('base64url') };
    assert.deepEqual(withoutProxyVariables(damaged), damaged, content);
  }
});
