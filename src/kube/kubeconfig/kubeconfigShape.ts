import * as v from 'valibot';
import { decodeBase64 } from './goScalar.ts';
import { isMapping } from './yamlValue.ts';

// Every check in this file has its own message, because the messages of valibot quote the value, which may be a
// credential.

const anyText = v.string(({ input }) =>
  typeof input === 'number' || typeof input === 'boolean'
    ? `must be a string: put the ${typeof input} in quotation marks`
    : 'must be a string',
);
const textOrEmpty = v.nullish(anyText, '');
/**
 * An optional text. An empty text becomes undefined, because Kubernetes' own types do not distinguish an empty text
 * from a missing one.
 */
const text = v.pipe(
  v.nullish(anyText),
  v.transform((value) => value || undefined),
);
const base64 = v.pipe(
  text,
  v.check((value) => value === undefined || decodeBase64(value) !== undefined, 'is not valid base64'),
);
const flag = v.nullish(v.boolean('must be true or false'), false);

// Used instead of valibot's check for objects, because that check also accepts lists.
const anyMapping = v.custom<Readonly<Record<string, unknown>>>(isMapping, 'must be a mapping');

function mapping<T extends v.ObjectEntries>(entries: T) {
  return v.pipe(anyMapping, v.object(entries));
}

/** Creates a shape for a mapping. Like Go, treats null and a missing value as an empty mapping. */
export function optionalMapping<T extends v.ObjectEntries>(entries: T) {
  return v.pipe(v.nullish(anyMapping, {}), v.object(entries));
}

function list<T extends v.GenericSchema>(item: T) {
  return v.nullish(v.array(item, 'must be a list'));
}

function record<T extends v.GenericSchema>(value: T) {
  return v.pipe(anyMapping, v.record(v.string(), value));
}

const texts = list(textOrEmpty);
const extensions = list(optionalMapping({ name: text, extension: v.optional(v.unknown()) }));

/**
 * The shape of the whole document. The items of `clusters`, `users` and `contexts` are checked one by one with the
 * shapes below, so that an invalid item does not make the file unusable.
 */
export const ROOT = optionalMapping({
  apiVersion: text,
  kind: text,
  'current-context': text,
  preferences: optionalMapping({ colors: flag }),
  extensions,
  clusters: list(v.unknown()),
  users: list(v.unknown()),
  contexts: list(v.unknown()),
});

export const CONTEXT = optionalMapping({
  name: textOrEmpty,
  context: optionalMapping({ cluster: text, user: text, namespace: text, extensions }),
});

export const CLUSTER = optionalMapping({
  name: textOrEmpty,
  cluster: optionalMapping({
    server: text,
    'certificate-authority-data': base64,
    'certificate-authority': text,
    'insecure-skip-tls-verify': flag,
    'tls-server-name': text,
    'proxy-url': text,
    'disable-compression': flag,
    extensions,
  }),
});

const EXEC = mapping({
  apiVersion: textOrEmpty,
  command: textOrEmpty,
  args: texts,
  env: list(optionalMapping({ name: textOrEmpty, value: textOrEmpty })),
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});

export const USER = optionalMapping({
  name: textOrEmpty,
  user: optionalMapping({
    'client-certificate-data': base64,
    'client-certificate': text,
    'client-key-data': base64,
    'client-key': text,
    token: text,
    tokenFile: text,
    username: text,
    password: text,
    as: text,
    'as-uid': text,
    'as-groups': texts,
    'as-user-extra': v.nullish(record(texts)),
    extensions,
    exec: v.nullish(EXEC),
    'auth-provider': v.nullish(mapping({ name: textOrEmpty, config: v.nullish(record(textOrEmpty)) })),
  }),
});
