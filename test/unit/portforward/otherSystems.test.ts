import assert from 'node:assert/strict';
import net from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { type CodedError, isCoded } from '../../../src/base/errors.ts';
import { listenError } from '../../../src/portforward/listenError.ts';
import { listen } from '../../../src/portforward/listener.ts';
import { parseLsof, parseNetstat } from '../../../src/portforward/listeningSockets.ts';
import { findPortHolder, OWN_HOLDER } from '../../../src/portforward/portHolder.ts';
import { bindLocalPorts } from '../../../src/session/bindLocalPorts.ts';
import { coded } from '../../support/coded.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeSystem, type FakeSystemOptions } from '../../support/fakeSystem.ts';
import { columns } from '../../support/fields.ts';
import { freePort } from '../../support/localPorts.ts';

const MY_ID = process.pid;
/** An id that no process has. */
const OTHER_ID = 4_190_001;

/**
 * The output of netstat on a German Windows. The program must recognize its columns, because its words are translated.
 */
const NETSTAT = (port: number, address = '0.0.0.0', processId = OTHER_ID) =>
  [
    '',
    'Aktive Verbindungen',
    '',
    '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
    '  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN         1096',
    `  TCP    ${address}:${port}           ${address.startsWith('[') ? '[::]:0' : '0.0.0.0:0'}              ABHÖREN         ${processId}`,
    `  TCP    127.0.0.1:49670        127.0.0.1:${port}        HERGESTELLT     7`,
    `  UDP    0.0.0.0:${port + 1}           *:*                                    1234`,
    '',
  ].join('\r\n');

const LSOF = (port: number, address = '*', type = 'IPv4', processId = OTHER_ID) =>
  ['p612', 'crapportd', 'f8', 'tIPv4', 'n*:49152', `p${processId}`, 'cnode', 'f22', `t${type}`].join('\n') +
  `\nn${address}:${port}\n`;

const WINDOWS_TOOLS = { 'tasklist.exe': `"java.exe","${OTHER_ID}","Console","1","12,345 K"\r\n` };

const windows = (tools: FakeSystemOptions['tools']) =>
  new FakeSystem({ platform: 'win32', tools: { ...WINDOWS_TOOLS, ...tools } });
const mac = (lsof: string | Error) => new FakeSystem({ platform: 'darwin', tools: { lsof } });

/** Tries to listen, and releases the port again. Returns the error, or undefined after success. */
async function attempt(port: number, system: FakeSystem, addresses = ['localhost']): Promise<unknown> {
  try {
    const listener = await listen(addresses, [{ local: port, remote: 80 }], () => {}, undefined, system);
    listener.dispose();
    return undefined;
  } catch (error) {
    return error;
  }
}

function assertInUse(error: unknown, holder = `java.exe (PID ${OTHER_ID})`): asserts error is CodedError {
  assert.ok(isCoded(error, 'PORT_IN_USE'), String(error));
  assert.equal(error.arguments['holder'], holder);
}

suite('a port that another program has on all addresses, where binding 127.0.0.1 would succeed,', () => {
  test('is in use on Windows, and the error names the program', async () => {
    const port = await freePort();
    const system = windows({ 'netstat.exe': NETSTAT(port) });
    assertInUse(await attempt(port, system));
    assert.ok(system.runs[0]?.startsWith('C:\\Windows\\System32\\netstat.exe -ano'));
  });

  test('is in use on macOS, and the error names the program', async () => {
    const port = await freePort();
    assertInUse(await attempt(port, mac(LSOF(port))), `node (PID ${OTHER_ID})`);
    assertInUse(await attempt(port, mac(LSOF(port, '*', 'IPv6'))), `node (PID ${OTHER_ID})`);
  });

  test('is in use for a listener on all addresses if the other has one address', async () => {
    const port = await freePort();
    assertInUse(await attempt(port, windows({ 'netstat.exe': NETSTAT(port, '127.0.0.1') }), ['0.0.0.0']));
    assertInUse(await attempt(port, mac(LSOF(port, '[::1]', 'IPv6'))), `node (PID ${OTHER_ID})`);
  });

  test('is not suggested instead of another one', async () => {
    const port = await freePort();
    const both = NETSTAT(port) + NETSTAT(port + 1);
    const error = await attempt(port, windows({ 'netstat.exe': both }));
    assertInUse(error);
    assert.ok(Number(error.arguments['suggestion']) > port + 1, error.message);
  });

  test("is named as this program's if this process has it", async () => {
    const port = await freePort();
    assertInUse(
      await attempt(port, windows({ 'netstat.exe': NETSTAT(port, '127.0.0.1', MY_ID) })),
      OWN_HOLDER,
    );
  });

  test('is free if the other listens on another port or address', async () => {
    const port = await freePort();
    assert.equal(await attempt(port, windows({ 'netstat.exe': NETSTAT(port + 1) })), undefined);
    assert.equal(await attempt(port, mac(LSOF(port, '192.168.1.5'))), undefined);
  });

  test('is free if the system does not answer in time', async () => {
    const port = await freePort();
    assert.equal(await attempt(port, windows({ 'netstat.exe': new Error('killed') })), undefined);
    assert.equal(await attempt(port, mac(new Error('killed'))), undefined);
  });

  test('is not looked up for any free port, nor on Linux', async () => {
    const system = windows({});
    assert.equal(await attempt(0, system), undefined);
    assert.deepEqual(system.runs, []);
    const linux = new FakeSystem({ platform: 'linux' });
    assert.equal(await attempt(await freePort(), linux), undefined);
    assert.deepEqual(linux.runs, []);
  });

  test('is looked up once for any number of addresses', async () => {
    const system = windows({ 'netstat.exe': '' });
    assert.equal(await attempt(await freePort(), system, ['::', '0.0.0.0']), undefined);
    assert.equal(system.runs.length, 1);
  });
});

test('a port in use is looked up once for the whole error', async () => {
  const port = await freePort();
  for (const system of [windows({ 'netstat.exe': NETSTAT(port) }), mac(LSOF(port))]) {
    assert.ok(isCoded(await attempt(port, system), 'PORT_IN_USE'));
    assert.equal(system.runs.filter((run) => /netstat|lsof/.test(run)).length, 1);
  }
});

test('the system is asked only a few times during the wait for a port', async () => {
  const [port, clock] = [await freePort(), new FakeClock()];
  const system = windows({ 'netstat.exe': NETSTAT(port) });
  let isSettled = false;
  const bound = bindLocalPorts({
    addresses: ['localhost'],
    localPorts: [{ mode: 'exact', port }],
    busyPortTimeoutMs: 2_000,
    clock,
    system,
    signal: new AbortController().signal,
    onConnection: () => {},
  });
  const over = assert.rejects(bound, coded('PORT_IN_USE')).finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    await eventually(() => clock.pending === 1 || isSettled, 'it neither waits nor ends');
    clock.advance(10);
  }
  await over;
  const asked = system.runs.filter((run) => run.includes('netstat')).length;
  assert.ok(asked > 2 && asked < 10, `${asked} times`);
});

test('the holder is named without a program if Windows lists no such process', async () => {
  const system = windows({ 'netstat.exe': NETSTAT(8080), 'tasklist.exe': 'INFO: No tasks are running.\r\n' });
  assert.equal(await findPortHolder('127.0.0.1', 8080, system), `a program (PID ${OTHER_ID})`);
});

test('netstat lists listening sockets of both families', () => {
  const text = NETSTAT(8080) + NETSTAT(8081, '[::1]') + NETSTAT(8082, '[fe80::1%12]');
  const listening = parseNetstat(text).filter(({ processId }) => processId === OTHER_ID);
  assert.deepEqual(columns(listening, 'address', 'port'), [
    ['0.0.0.0', 8080],
    ['::1', 8081],
    ['fe80::1%12', 8082],
  ]);
});

test('lsof lists one process for all its sockets, and keeps spaces in its name', () => {
  const text = 'p12\ncCode\\x20Helper\nf3\ntIPv6\nn[::1]:5000\nf4\ntIPv4\nn127.0.0.1:5000\n';
  assert.deepEqual(parseLsof(text), [
    { address: '::1', port: 5000, processId: 12, program: 'Code Helper' },
    { address: '127.0.0.1', port: 5000, processId: 12, program: 'Code Helper' },
  ]);
});

suite('a port that Windows refuses', () => {
  const RANGES =
    '\r\nProtocol tcp Port Exclusion Ranges\r\n\r\nStart Port    End Port\r\n----------    --------\r\n      2980        3079\r\n     50000       50059     *\r\n\r\n* - Administered port exclusions.\r\n';
  const denied = () => Object.assign(new Error('listen EACCES'), { code: 'EACCES' });

  test('is in a reserved range, and a port after the range is suggested', async () => {
    const error = await listenError(denied(), '127.0.0.1', 3000, windows({ netsh: RANGES }));
    assert.ok(isCoded(error, 'PORT_RESERVED'), String(error));
    assert.match(error.message, /Windows reserves port .* \(2980-3079, /);
    assert.ok(Number(error.arguments['suggestion']) > 3079);
  });

  test('is in a range of IPv6 only', async () => {
    const tools = { 'netsh.exe interface ipv4': '', 'netsh.exe interface ipv6': RANGES };
    assert.ok(isCoded(await listenError(denied(), '::1', 50000, windows(tools)), 'PORT_RESERVED'));
  });

  test('is in use exclusively by another program if no range contains it', async () => {
    const system = windows({ netsh: RANGES, 'netstat.exe': NETSTAT(80) });
    assertInUse(await listenError(denied(), '127.0.0.1', 80, system));
  });

  test('needs more rights on other systems only', async () => {
    const error = await listenError(denied(), '127.0.0.1', 80, mac(''));
    assert.ok(isCoded(error, 'PORT_NOT_PERMITTED'));
  });

  test('leads to another free port if any will do', async (t) => {
    refuseOnce(t, '::1', 'EACCES');
    assert.equal(await attempt(0, windows({ netsh: '' })), undefined);
  });
});

/** Refuses the first attempt to listen on `host`. */
function refuseOnce(t: TestContext, host: string, code: string): void {
  const original = net.Server.prototype.listen;
  let isRefused = false;
  t.mock.method(net.Server.prototype, 'listen', function (this: net.Server, ...args: unknown[]) {
    const [options] = args as [{ host: string }];
    if (isRefused || options.host !== host) return Reflect.apply(original, this, args);
    isRefused = true;
    process.nextTick(() => this.emit('error', Object.assign(new Error(`listen ${code}`), { code })));
    return this;
  });
}
