import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/** Replacements for modules that the program never runs. Any other import from them fails the build. */
const STAND_INS: Readonly<Record<string, string>> = {
  /** client-node's HTTP stack. */
  undici: `
    function notHere() { throw new Error('undici is not in this bundle: every request goes through src/rest'); }
    export { notHere as fetch };`,
  /** The code between plain objects and 800 model classes. Plain objects are sent unchanged, and src/json reads the answers. */
  ObjectSerializer: `
    export const ObjectSerializer = {
      getPreferredMediaType: () => 'application/json',
      serialize: (data) => data,
      stringify: (data) => JSON.stringify(data),
    };`,
  /** The model classes. */
  all: '',
};

/** The kinds whose objects the program reads, by client-node's names. */
const READ_KINDS = [
  ...['Pod', 'Service', 'ReplicationController', 'EndpointSlice'],
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'],
];
/** The methods that `src/kube/cluster/apiCalls.ts` calls. A test calls each of them in a bundle. */
const CALLED_METHODS: ReadonlySet<string> = new Set([
  'constructor',
  ...['listNamespace', 'readNamespace', 'getCode', 'getAPIResources'],
  ...['listCustomObjectForAllNamespaces', 'listNamespacedCustomObject', 'getNamespacedCustomObject'],
  ...READ_KINDS.flatMap((kind) => [
    `list${kind}ForAllNamespaces`,
    `listNamespaced${kind}`,
    `readNamespaced${kind}`,
  ]),
]);
const METHOD = /^ {4}(?:async )?(\w+)\(([^)]*)\) \{\n.*?^ {4}\}\n/gms;

/** Removes from generated classes the methods that are never called and the code that reads a response into a model class. */
function withoutUncalled(source: string): string {
  return source.replace(METHOD, (method, name: string, parameters: string) => {
    const isCalled = CALLED_METHODS.has(name.replace(/WithHttpInfo$/, '')) && parameters !== 'response';
    return isCalled ? method : '';
  });
}

const PACKAGE = '@kubernetes/client-node';
/** The generated part of the package. The handwritten rest of its index is not used. */
const GENERATED = `${PACKAGE}/dist/gen/index.js`;
const GENERATED_FILE = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]gen[\\/].*\.js$/;
const CLIENT_FILE = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]gen[\\/](apis|types)[\\/].*\.js$/;

/**
 * Bundles the methods of client-node's generated clients that the program calls. The rest of the package, its HTTP stack and
 * its model classes would make each program load ten times as much. A test fails when a later client-node no longer fits.
 */
export const LEAN_CLIENT: Plugin = {
  name: 'lean-client',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, ({ kind, importer, resolveDir }) =>
      resolve(GENERATED, { kind, importer, resolveDir }),
    );
    onResolve({ filter: /^undici$|\/models\/(ObjectSerializer|all)\.js$/ }, ({ path, importer }) =>
      GENERATED_FILE.test(importer) ? { path: basename(path, '.js'), namespace: 'stand-in' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'stand-in' }, ({ path }) => ({ contents: STAND_INS[path] ?? '' }));
    onLoad({ filter: CLIENT_FILE }, async ({ path }) => ({
      contents: withoutUncalled(await readFile(path, 'utf8')),
    }));
  },
};
