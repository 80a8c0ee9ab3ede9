import type { Case } from './case.ts';

const OUTCOME = 'localhost:* -> 80';
const V1 = 'client.authentication.k8s.io/v1';
const BETA = 'client.authentication.k8s.io/v1beta1';

interface Parts {
  readonly cluster?: string;
  readonly user?: string;
  readonly context?: string;
  /** The names of the context, the cluster and the user. Optional, default `x`, `c` and `u`. */
  readonly names?: { readonly context?: string; readonly cluster?: string; readonly user?: string };
  /** YAML of additional users, which the context does not use. Optional. */
  readonly users?: string;
  /** YAML of additional clusters, which the context does not use. Optional. */
  readonly clusters?: string;
  readonly before?: string;
  readonly after?: string;
}

const CLUSTER = '{server: "{server}", certificate-authority-data: {ca}}';
const TOKEN = '{token: {token}}';
const JSON_FILE =
  '{"current-context":"x","clusters":[{"name":"c","cluster":{"server":"{server}","certificate-authority-data":"{ca}"}}],' +
  '"contexts":[{"name":"x","context":{"cluster":"c","user":"u","namespace":"demo"}}],"users":[{"name":"u","user":{"token":"{token}"}}]}';

/** Returns a kubeconfig with one context. The given parts replace the usual ones. */
function file({
  cluster = CLUSTER,
  user = TOKEN,
  names = {},
  context = `{cluster: ${names.cluster ?? 'c'}, user: ${names.user ?? 'u'}, namespace: demo}`,
  users = '',
  clusters = '',
  before = '',
  after = '',
}: Parts): string {
  return `${before}apiVersion: v1
kind: Config
current-context: ${names.context ?? 'x'}
clusters:
- name: ${names.cluster ?? 'c'}
  cluster: ${cluster}
${clusters}contexts:
- name: ${names.context ?? 'x'}
  context: ${context}
users:
- name: ${names.user ?? 'u'}
  user: ${user}
${users}${after}`;
}

function taken(name: string, parts: Parts | string): Case {
  const kubeconfig = typeof parts === 'string' ? parts : file(parts);
  return { name, input: 'web :80', kubectl: OUTCOME, here: OUTCOME, kubeconfig };
}

function refused(name: string, parts: Parts | string, here = 'KUBECONFIG_INVALID'): Case {
  return { ...taken(name, parts), kubectl: 'refused', here };
}

/** Returns a user with a credential plugin that prints this text. */
function plugin(text: string, version = BETA): Parts {
  const script = `cat <<'END'\n${text}\nEND`;
  return {
    user: `{exec: {apiVersion: ${version}, command: sh, args: ["-c", ${JSON.stringify(script)}], interactiveMode: Never}}`,
  };
}

const ANSWER = `{"apiVersion":"${BETA}","kind":"ExecCredential","status":{"token":"{token}"}}`;
const until = (time: string) => plugin(ANSWER.replace('"token"', `"expirationTimestamp":"${time}","token"`));
const exec = (fields: string) => ({ user: `{exec: {${fields}}}` });
const otherUser = (fields: string) => ({ users: `- name: other\n  user: ${fields}\n` });

/** Cases of kubeconfig files, and of the credential plugins in them. */
export const KUBECONFIGS: readonly Case[] = [
  taken('a plain kubeconfig', {}),

  // Entries that the context does not use, and names of entries
  taken('another user whose plugin has no command', otherUser(`{exec: {apiVersion: ${V1}, args: [a]}}`)),
  taken(
    'another user with an unknown interactiveMode',
    otherUser(`{exec: {apiVersion: ${V1}, command: a, interactiveMode: Sometimes}}`),
  ),
  taken('another user with two ways to sign in', otherUser('{token: a, username: b}')),
  taken('another cluster without a server, named ""', { clusters: '- name: ""\n  cluster: {server: ""}\n' }),
  taken('another cluster whose server is no address', { clusters: '- name: o\n  cluster: {server: "::"}\n' }),
  taken('a user without anything', { users: '- {}\n' }),
  taken('an entry that is null', { users: '-\n' }),
  taken('the current context named ""', { names: { context: '""' } }),
  taken('a cluster and a user named ""', { names: { cluster: '""', user: '""' } }),
  refused('two users without a name', { users: '- {}\n- {}\n' }),
  refused('a name twice', { users: '- name: u\n  user: {}\n' }),
  refused('another user with a number as token', otherUser('{token: 12}')),
  refused('another user with data that is no base64', otherUser('{client-key-data: "*"}')),
  refused('another kind', '{apiVersion: v1, kind: Pod}\n'),
  refused('another version', '{apiVersion: v2, kind: Config}\n'),
  refused('no contexts', '{apiVersion: v1, kind: Config}\n', 'NO_CONTEXTS'),
  refused('a context whose user is not there', { context: '{cluster: c, user: gone}' }, 'USER_NOT_FOUND'),
  refused(
    'a context whose cluster is not there',
    { context: '{cluster: gone, user: u}' },
    'CLUSTER_NOT_FOUND',
  ),

  // YAML
  taken('a kind twice', { after: 'kind: Config\npreferences: {}\npreferences: {}\n' }),
  taken('a current context twice', { before: 'current-context: gone\n' }),
  taken('a key twice deep inside', { user: '{token: old, token: {token}}' }),
  taken('a key twice in JSON', { user: '{"token": "old", "token": "{token}"}' }),
  taken('text behind the first document', { after: '---\n{{ .Values.more }}: [\n' }),
  taken('text behind the end of the document', { after: '...\n{{ [\n' }),
  taken('a version of YAML', { before: '%YAML 1.1\n---\n' }),
  taken('yes as boolean', { cluster: '{server: "{server}", insecure-skip-tls-verify: yes}' }),
  taken('On as boolean', { cluster: '{server: "{server}", insecure-skip-tls-verify: On}' }),
  taken('an unknown tag', { user: '{token: !secret {token}}' }),
  taken('an unknown tag of a mapping', { user: `!vault ${TOKEN}` }),
  taken('a date as text', otherUser('{token: 2030-01-01}')),
  taken('a merge that comes last', { before: `x: &x ${TOKEN}\n`, user: '{token: old, <<: *x}' }),
  refused('an empty first document', { before: '---\n---\n' }, 'NO_CONTEXTS'),
  refused('YAML 1.2', { before: '%YAML 1.2\n---\n' }),
  refused('yes in quotation marks as boolean', {
    cluster: '{server: "{server}", insecure-skip-tls-verify: "yes"}',
  }),
  refused('on as a name', { users: '- name: on\n' }),
  refused('a tag that does not fit', { after: 'x: !!int abc\n' }),
  refused('a tab before a key', { after: '\tx: 1\n' }),
  refused('an alias without its anchor', { after: 'x: *gone\n' }),

  // Texts that YAML does not allow, but kubectl's YAML reader accepts
  taken('a comment behind quotation marks', { user: '{token: "{token}"}#c' }),
  taken('a comment behind the head of a block', { after: 'x: |#c\n  a\n' }),
  taken('a comment behind a colon in a flow collection', { after: 'x: {"a":#c\n 1}\n' }),
  taken('a dash in a flow collection', { after: 'x: [-, a]\n' }),
  taken('a quoted text that goes on without indentation', { after: 'x:\n  z: "a\nb"\n' }),
  taken('a flow collection that ends without indentation', { after: 'x:\n  z: [\n    a\n]\n' }),
  taken('an escaped apostrophe', { after: `x: "a\\'b"\n` }),
  taken('a colon right behind an alias', { after: 'x: &a b\n*a: c\n' }),
  taken('a line separator as line break', { after: 'x: a\u2028z: b\n' }),
  taken('a number that is too large', { after: 'x: 1e400\n' }),
  taken('a directive behind the first document', { after: '%YAML 1.1\nx: [\n' }),
  taken('an extension without its content', { after: 'extensions: [{name: a}]\n' }),
  taken('an empty group before the version', file({}).replace('apiVersion: v1', 'apiVersion: /v1')),
  taken('a list nested a thousand times', { after: `x: ${'['.repeat(1000)}${']'.repeat(1000)}\n` }),
  taken('a text behind a kubeconfig in JSON', `${JSON_FILE} x`),
  refused('a name of two lines', { after: 'x: {"a\n b": c}\n' }),
  taken('a name of 1,024 characters', { after: `${'k'.repeat(1024)}: 1\n` }),
  refused('a name of 1,025 characters', { after: `${'k'.repeat(1025)}: 1\n` }),
  refused('a comment behind an alias', { after: 'z: &a 1\nx: *a#c\n' }),
  refused('a comment behind a tag', { after: 'x: !!str#c\n  b\n' }),
  refused('a question mark in a flow collection', { after: 'x: [a?b]\n' }),
  refused('an anchor with a dot', { after: 'x: &a.b 1\n' }),
  refused("JSON's escaped slash", { after: 'x: "a\\/b"\n' }),
  refused('half a character', { after: 'x: "\\uD83D\\uDE00"\n' }),
  refused('an unknown directive', { before: '%FOO a\n---\n' }),

  // Credentials
  taken('a token beside a plugin', {
    user: `{token: {token}, exec: {apiVersion: ${V1}, command: "false", interactiveMode: Never}}`,
  }),
  refused('a token and a password', { user: '{token: {token}, username: a, password: b}' }),
  refused('a token of two lines', { user: '{token: "{token}\\n"}' }),
  refused('a client certificate without its key', {
    user: '{token: {token}, client-certificate-data: {ca}}',
  }),
  refused('a plugin without a command', exec(`apiVersion: ${V1}, interactiveMode: Never`)),
  refused('a plugin without a version', exec('command: a, interactiveMode: Never')),
  refused('a plugin of v1 without an interactiveMode', exec(`apiVersion: ${V1}, command: a`)),
  refused(
    'a plugin with a variable that has no name',
    exec(`apiVersion: ${BETA}, command: a, env: [{value: b}]`),
  ),
  taken('a plugin that answers JSON', plugin(ANSWER)),
  taken(
    'a plugin that answers YAML',
    plugin(`apiVersion: ${BETA}\nkind: ExecCredential\nstatus:\n  token: {token}`),
  ),
  taken('a plugin that answers JSON behind a comment line', plugin(`# cached\n${ANSWER}`)),
  taken('a plugin that answers JSON behind a byte order mark', plugin(`\ufeff${ANSWER}`)),
  taken('a plugin that names a time', until('2099-01-02T03:04:05.678+02:00')),
  refused('a plugin that names an empty time', until(''), 'CREDENTIALS_FAILED'),
  refused('a plugin that names a time without a zone', until('2099-01-02T03:04:05'), 'CREDENTIALS_FAILED'),
  refused(
    'a plugin that names a day that does not exist',
    until('2099-02-31T03:04:05Z'),
    'CREDENTIALS_FAILED',
  ),
  refused(
    'a plugin whose token has a line break',
    plugin(ANSWER.replace('{token}', '{token}\\n')),
    'CREDENTIALS_FAILED',
  ),
  refused('a plugin that answers more than JSON', plugin(`${ANSWER} done`), 'CREDENTIALS_FAILED'),
  refused('a plugin that writes before its answer', plugin(`Welcome\n${ANSWER}`), 'CREDENTIALS_FAILED'),
  refused('a plugin that answers in another version', plugin(ANSWER, V1), 'CREDENTIALS_FAILED'),

  refused('an auth-provider that is gone beside a token', {
    user: '{token: {token}, auth-provider: {name: gcp}}',
  }),
  refused('a space before a token', { user: '{token: " {token}"}' }, 'UNAUTHORIZED'),

  // Certificate authorities and other settings of the cluster
  refused('a space before the server', {
    cluster: '{server: " {server}", certificate-authority-data: {ca}}',
  }),
  refused('a fragment behind the server', {
    cluster: '{server: "{server}#a", certificate-authority-data: {ca}}',
  }),
  refused(
    'an authority glued to a key',
    { cluster: '{server: "{server}", certificate-authority: "{home}/glued.crt"}' },
    'TLS',
  ),
  taken('a certificate authority in a folded text', {
    cluster: '\n    server: "{server}"\n    certificate-authority-data: >-\n      {ca}',
  }),
  {
    ...taken('a certificate authority beside --insecure-skip-tls-verify', {}),
    input: 'web :80 --insecure-skip-tls-verify',
  },
  refused('a certificate authority beside insecure-skip-tls-verify', {
    cluster: '{server: "{server}", certificate-authority-data: {ca}, insecure-skip-tls-verify: true}',
  }),
  refused('a certificate authority that is no base64', {
    cluster: '{server: "{server}", certificate-authority-data: "{ca}*"}',
  }),
  refused('no certificate authority', { cluster: '{server: "{server}"}' }, 'TLS'),
  refused('a proxy of an unknown kind', { cluster: '{server: "{server}", proxy-url: "ftp://proxy"}' }),
];
