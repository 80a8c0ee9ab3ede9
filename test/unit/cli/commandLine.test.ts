import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ErrorCode, isCoded } from '../../../src/base/errors.ts';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import type { CommandLine, ForwardCommand } from '../../../src/cli/commands.ts';
import { HELP } from '../../../src/cli/help.ts';
import { OPTIONS } from '../../../src/cli/options.ts';
import { PROXY_OPTIONS } from '../../../src/cli/proxy/proxyOptions.ts';

function forward(...args: string[]): ForwardCommand {
  const commandLine: CommandLine = parseCommandLine(['pod/web', '8080:80', ...args]);
  assert.ok(commandLine.command === 'forward');
  return commandLine;
}

/** Expects that the words, separated by spaces, are read as this command. */
function reads(words: string, expected: object): void {
  assert.deepEqual(parseCommandLine(words.split(' ')), expected);
}

const stopOf = (names: readonly string[], filter = {}) => ({ command: 'stop', names, filter });
const listAs = (output: string, filter = {}) => ({ command: 'list', output, filter });

/** Expects that the arguments are refused with a message of one line. Returns the message. */
function refused(args: readonly string[], text: RegExp, code: ErrorCode = 'USAGE'): string {
  let message = '';
  assert.throws(
    () => parseCommandLine(args),
    (error) => {
      assert.ok(isCoded(error, code), String(error));
      assert.match(error.message, text);
      assert.doesNotMatch(error.message, /\n/);
      ({ message } = error);
      return true;
    },
    args.join(' '),
  );
  return message;
}

suite('a forward', () => {
  const withDefaults = {
    command: 'forward',
    target: 'pod/web',
    ports: ['8080:80'],
    addresses: ['localhost'],
    podRunningTimeoutMs: 60_000,
    output: 'text',
    detach: false,
    reconnect: true,
    logsRequests: false,
    requiresReady: false,
    overrides: {},
  };

  test('parses with a target and a port only', () => reads('pod/web 8080:80', withDefaults));

  test('parses with several ports and options anywhere', () => {
    const commandLine = parseCommandLine('-n data sts/db 5432 --context=staging :80 0:http'.split(' '));
    assert.ok(commandLine.command === 'forward');
    assert.equal(commandLine.target, 'sts/db');
    assert.deepEqual(commandLine.ports, ['5432', ':80', '0:http']);
    assert.deepEqual(commandLine.overrides, { namespace: 'data', context: 'staging' });
  });

  test('parses with every option', () => {
    const options =
      '--kubeconfig=/tmp/config --context=c --cluster=k --user=u --namespace=n -s https://example:6443 ' +
      '--token=t --client-certificate=/tmp/me.pem --client-key=/tmp/me.key --as=jane ' +
      '--as-group=cn=a,dc=b --as-group=c --as-uid=7 --certificate-authority=/tmp/ca.pem ' +
      '--insecure-skip-tls-verify --tls-server-name=api.example --request-timeout=30s ' +
      '--pod-running-timeout=1m30s --address=127.0.0.1,::1 --address=localhost --transport=websocket ' +
      '--reconnect=false --require-ready --wait-for-target=5m -o json';
    assert.deepEqual(forward(...options.split(' ')), {
      ...withDefaults,
      addresses: ['127.0.0.1', '::1', 'localhost'],
      podRunningTimeoutMs: 90_000,
      output: 'json',
      reconnect: false,
      requiresReady: true,
      waitForTargetMs: 300_000,
      transport: 'websocket',
      kubeconfigPath: '/tmp/config',
      overrides: {
        context: 'c',
        cluster: 'k',
        user: 'u',
        namespace: 'n',
        server: 'https://example:6443',
        token: 't',
        clientCertificate: '/tmp/me.pem',
        clientKey: '/tmp/me.key',
        as: 'jane',
        asGroups: ['cn=a,dc=b', 'c'],
        asUid: '7',
        certificateAuthority: '/tmp/ca.pem',
        insecureSkipTlsVerify: true,
        tlsServerName: 'api.example',
        requestTimeoutMs: 30_000,
      },
    });
  });

  test("takes the values of Go's ParseBool for a switch", () => {
    for (const args of [[], ['--reconnect'], ['--reconnect=true']]) {
      assert.equal(forward(...args).reconnect, true, args.join());
    }
    for (const value of ['false', 'FALSE', 'False', 'f', 'F', '0']) {
      assert.equal(forward(`--reconnect=${value}`).reconnect, false, value);
    }
    assert.deepEqual(forward('--insecure-skip-tls-verify=false').overrides, {});
    assert.deepEqual(forward('--insecure-skip-tls-verify=true').overrides, { insecureSkipTlsVerify: true });
  });

  test('ignores empty values', () => {
    const command = forward('--namespace=', '--context', '', '--kubeconfig=', '--as=');
    assert.deepEqual(command.overrides, {});
    assert.equal(command.kubeconfigPath, undefined);
    assert.deepEqual(command.addresses, ['localhost']);
  });

  test('uses the last value of an option', () => {
    assert.deepEqual(forward('-n', 'a', '-n', 'b').overrides, { namespace: 'b' });
  });
});

suite('other command lines', () => {
  test('ask for help and version, whatever else they contain', () => {
    for (const args of ['--help', '-h', 'pod/web 80 -h', '--help --version'])
      reads(args, { command: 'help' });
    reads('--version pod/web', { command: 'version' });
  });

  test('have a help that names every option and fits 120 columns', () => {
    // Other users of the machine can see a password on a command line, so the help does not suggest one. The
    // help names `-v` only.
    const unnamed = new Set(['username', 'password', 'v']);
    const names = Object.keys({ ...OPTIONS, ...PROXY_OPTIONS }).filter((name) => !unnamed.has(name));
    for (const name of names) assert.match(HELP, new RegExp(`--${name}(?![\\w-])`), name);
    const proxyLines = HELP.slice(HELP.indexOf('Options of proxy:'), HELP.indexOf('Cluster and user:'));
    for (const name of ['port', 'env', 'shell', 'java'])
      assert.match(proxyLines, new RegExp(`^ {6}--${name} `, 'm'), name);
    for (const line of HELP.split('\n')) assert.ok(line.length <= 120, line);
  });

  test("of the help's own examples parse", () => {
    const examples = [
      ...HELP.slice(HELP.indexOf('Examples:')).matchAll(/^ {2}kube-port-forward (?!\[)([^#\n]+)/gm),
    ].map(([, text = '']) => text.trim().split(/\s+/));
    assert.ok(examples.length >= 5);
    for (const args of examples) {
      const { command } = parseCommandLine(args);
      const verb = args[0] === 'stop' || args[0] === 'proxy' ? args[0] : 'forward';
      assert.equal(command, verb, args.join(' '));
    }
  });
});

test('run `proxy` unless a port follows, with the program behind --', () => {
  const proxy: object = parseCommandLine(['proxy', '-n', 'demo', '-n', 'shop', '--', 'npm', '-n']);
  assert.deepEqual(proxy, {
    command: 'proxy',
    namespaces: ['demo', 'shop'],
    env: false,
    java: false,
    detach: false,
    output: 'text',
    program: ['npm', '-n'],
    overrides: {},
  });
  assert.deepEqual(parseCommandLine(['proxy', '--env', '--shell', 'fish']), {
    ...{ command: 'proxy', namespaces: [], env: true, java: false, shell: 'fish' },
    ...{ detach: true, output: 'text', overrides: {} },
  });
  assert.equal(parseCommandLine(['-n', 'demo', 'proxy']).command, 'proxy');
  assert.equal(parseCommandLine(['proxy', '8080:80']).command, 'forward');
  assert.equal(parseCommandLine(['svc/proxy', '80']).command, 'forward');
});

suite('commands for the forward host', () => {
  test('list in either form', () => {
    reads('list', listAs('text'));
    reads('list -o json', listAs('json'));
  });

  test('stop by name, or all', () => {
    reads('stop svc/web 8080', stopOf(['svc/web', '8080']));
    reads('stop 127.0.0.2:8080 [::1]:8080', stopOf(['127.0.0.2:8080', '[::1]:8080']));
    reads('stop -l app=web', stopOf(['-l app=web']));
    reads('stop --all', stopOf([]));
  });

  test('list and stop select by namespace, context and kubeconfig', () => {
    const where = '-n demo --context=staging --kubeconfig some.yaml';
    const filter = { namespace: 'demo', context: 'staging', kubeconfigPath: 'some.yaml' };
    reads(`list ${where}`, listAs('text', filter));
    reads(`stop web ${where}`, stopOf(['web'], filter));
  });

  test('print the requests of a forward, of all, or those that follow', () => {
    const requests = { command: 'requests', names: [], filter: {}, output: 'text', follows: false };
    reads('requests', requests);
    reads('requests svc/web -n shop --follow -o json', {
      ...requests,
      names: ['svc/web'],
      filter: { namespace: 'shop' },
      output: 'json',
      follows: true,
    });
    reads('requests 8080 --follow', {
      ...requests,
      names: ['8080'],
      follows: true,
    });
    const either = parseCommandLine(['requests', '8080']);
    assert.ok(either.command === 'requests');
    assert.equal(either.otherwise?.target, 'requests');
    for (const port of ['8080:80', ':80'])
      assert.equal(parseCommandLine(['requests', port]).command, 'forward');
    assert.equal(parseCommandLine(['requests', '8080', '--detach']).command, 'forward');
  });

  test('log the requests of a forward with the option', () => {
    assert.equal(forward('--log-requests').logsExchanges, true);
    assert.equal(forward().logsExchanges, undefined);
  });

  test('leave a pod with the name of a command reachable', () => {
    assert.equal(parseCommandLine(['list', '80']).command, 'forward');
    for (const port of ['8080:80', ':80', '0:http', ':']) {
      for (const verb of ['list', 'stop', 'completion']) {
        const command = parseCommandLine([verb, port]);
        assert.ok(command.command === 'forward', `${verb} ${port}`);
        assert.equal(command.target, verb);
      }
    }
    assert.equal(parseCommandLine(['pod/stop', '80']).command, 'forward');
  });

  test('leave a forward behind', () => {
    assert.equal(forward('--detach').detach, true);
    assert.equal(forward('-d').detach, true);
  });
});

test('accept a value behind an equals sign of a short option, as kubectl does', () => {
  assert.equal(forward('-n=demo').overrides.namespace, 'demo');
  assert.equal(forward('-s=https://k:1').overrides.server, 'https://k:1');
});

test('read stop with numbers only also as a pod named stop with these ports', () => {
  const command = parseCommandLine(['stop', '8080', '9090', '-n', 'demo']);
  assert.ok(command.command === 'stop');
  assert.deepEqual(command.names, ['8080', '9090']);
  assert.equal(command.otherwise?.target, 'stop');
  assert.deepEqual(command.otherwise?.ports, ['8080', '9090']);
  // The command stop has no --address, so this can only mean a pod named stop.
  assert.equal(parseCommandLine(['stop', '8080', '--address', '127.0.0.1']).command, 'forward');
  const named = parseCommandLine(['stop', '8080', 'svc/web']);
  assert.ok(named.command === 'stop' && named.otherwise === undefined);
});

test('accept a label selector in place of a target', () => {
  const command = parseCommandLine(['-l', 'app=web', '8080:80', ':90']);
  assert.ok(command.command === 'forward');
  assert.deepEqual([command.target, command.ports], ['-l app=web', ['8080:80', ':90']]);
});

test('log requests from level 6 on', () => {
  for (const [args, logs] of [
    [['-v=6'], true],
    [['-v', '9'], true],
    [['--v=5'], false],
  ] as const) {
    assert.equal(forward(...args).logsRequests, logs, args.join(' '));
  }
});

test('complete for the shells that have scripts', () => {
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    assert.deepEqual(parseCommandLine(['completion', shell]), { command: 'completion', shell });
  }
});

suite('wrong usage', () => {
  const rows: readonly (readonly [what: string, args: string, text: RegExp, code?: ErrorCode])[] = [
    ['no target and no port', '', /specify a target and a port, for example pod\/web 8080:80/],
    ['no port', 'svc/web', /specify a port for svc\/web, for example svc\/web 8080:80/],
    ['no port for a selector', '-l app=web', /specify a port/],
    ['a wrong selector', '-l a=b=c 80', /label selector/, 'INVALID_SELECTOR'],
    ['a target and a selector', 'deploy/web -l app=web 80', /not both/],
    ['stop without a name', 'stop', /--all/],
    ['stop with a name and --all', 'stop web --all', /not both/],
    ['an option that list lacks', 'list --token=sesame', /^--token cannot be used with list$/],
    ['list with a name', 'list web', /^unexpected argument "web": list shows all forwards/],
    ['another option that list lacks', 'list --all', /^--all cannot be used with list$/],
    ['an option that stop lacks', 'stop web --address ::1', /^--address cannot be used with stop$/],
    ['a short option that stop lacks', 'stop --all -o json', /^--output cannot be used with stop$/],
    ['a switch that stop lacks', 'stop --all --reconnect=false', /^--reconnect cannot be used with stop$/],
    [
      'an option that requests lacks',
      'requests web --address ::1',
      /^--address cannot be used with requests$/,
    ],
    ['an option of requests', 'pod/web 80 --follow', /^use --follow with the requests command only$/],
    [
      'proxy for an unknown shell',
      'proxy --env --shell tcsh',
      /--shell: .* use one of bash, zsh, fish, powershell/,
    ],
    ['proxy for what cannot be a namespace', 'proxy -n a.b', /invalid namespace "a.b"/],
    ['proxy with a shell and JSON', 'proxy -o json --shell fish', /--shell cannot be used with a program/],
    ['completion without a shell', 'completion', /specify a shell: bash, zsh, fish, powershell/],
    ['completion for an unknown shell', 'completion tcsh', /specify a shell: bash, zsh, fish, powershell/],
    ['completion for two shells', 'completion bash zsh', /specify a shell: bash, zsh, fish, powershell/],
    ['a mistyped option', 'web 80 --namspace=x', /unknown option "--namspace": did you mean --namespace\?/],
    ['letters of an option exchanged', 'web 80 --contxet x', /did you mean --context\?/],
    ['one dash', 'web 80 -context=x', /unknown option "-context": did you mean --context\?/],
    ['an unknown option', 'web 80 --frobnicate', /unknown option "--frobnicate"$/],
    ['an unknown short option', 'pod/web 80 -x', /-x/],
    ['an option without its value', 'pod/web 80 --context', /--context/],
    ['a switch with a wrong value', 'pod/web 80 --help=maybe', /--help/],
    ['an unknown output', 'web 80 -o yaml', /--output: invalid value "yaml": use one of text, json/],
    ['an unknown transport', 'web 80 --transport http2', /use one of spdy, websocket, channel/],
    [
      'no duration',
      'web 80 --pod-running-timeout soon',
      /--pod-running-timeout: invalid value "soon": use a duration such as 30s/,
    ],
    ['a duration of zero', 'web 80 --pod-running-timeout 0s', /greater than 0/],
    ['a duration in words', 'web 80 --request-timeout 5minutes', /--request-timeout/],
    ['a name as address', 'web 80 --address example.com', /"example\.com"/, 'INVALID_ADDRESS'],
    ['an address with a port', 'web 80 --address ::1,127.0.0.1:80', /127\.0\.0\.1:80/, 'INVALID_ADDRESS'],
  ];
  for (const [what, args, text, code] of rows) {
    test(`is ${what}`, () => {
      refused(args === '' ? [] : args.split(' '), text, code);
    });
  }

  test('does not repeat a mistyped secret', () => {
    const message = refused(['pod/web', '80', '--tokn=sesame-open'], /--tokn/);
    assert.doesNotMatch(message, /sesame/);
  });

  test('does not show control characters on the terminal', () => {
    const message = refused(['pod/web', '80', '-o', 'a\u001b[31m'], /--output/);
    assert.ok(!message.includes('\u001b'));
  });
});
