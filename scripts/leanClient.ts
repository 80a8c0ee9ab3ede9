import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Replacements for modules that the programs do not need. Importing anything else from these modules fails the build.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  /** The HTTP client of client-node. The programs send all requests through src/rest instead. */
  undici: `
    function notHere() { throw new Error('undici is not in this bundle: every request goes through src/rest'); }
    export { notHere as fetch };`,
  /**
   * Converts between plain objects and 800 model classes. Not needed, because the programs send plain objects, and
   * src/json reads the responses.
   */
  ObjectSerializer: `
    export const ObjectSerializer = {
      getPreferredMediaType: () => 'application/json',
      serialize: (data) => data,
      stringify: (data) => JSON.stringify(data),
    };`,
  /** The model classes. Nothing uses them without the original `ObjectSerializer`. */
  all: '',
};

/** The kinds whose objects the program reads, by client-node's names. */
const READ_KINDS = [
  ...['Pod', 'Service', 'ReplicationController', 'EndpointSlice'],
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'],
];
/**
 * The methods that `src/kube/cluster/apiCalls.ts` calls. A test calls each method in a bundle, to find missing ones.
 */
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
/** The generated part of client-node. The handwritten part is not used. */
const GENERATED = `${PACKAGE}/dist/gen/index.js`;
const GENERATED_FILE = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]gen[\\/].*\.js$/;
const CLIENT_FILE = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]gen[\\/](apis|types)[\\/].*\.js$/;

/**
 * Bundles only the methods of client-node's generated clients that the programs call. With the HTTP client, the model
 * classes and the rest of the package, each program would load ten times as much code. A test fails if a later version
 * of client-node no longer fits.
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
