import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';
import { KINDS, type KindInfo } from '../src/kinds/targetKinds.ts';

/**
 * The sources of modules that replace modules of client-node, because the programs do not need these modules. The build
 * fails if code imports anything that a replacement does not export.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  /** Replaces the HTTP client of client-node. The programs send all requests through src/rest. */
  undici: `
    function notHere() { throw new Error('undici is not in this bundle: every request goes through src/rest'); }
    export { notHere as fetch };`,
  /**
   * Replaces the code that converts between plain objects and 800 model classes. The programs need no conversion: they
   * send plain objects, and src/json reads the responses.
   */
  ObjectSerializer: `
    export const ObjectSerializer = {
      getPreferredMediaType: () => 'application/json',
      serialize: (data) => data,
      stringify: (data) => JSON.stringify(data),
    };`,
  /** Replaces the model classes. Only the original `ObjectSerializer` uses them. */
  all: '',
};

/** The kinds of objects that the programs read, as client-node writes them in its method names. */
const READ_KINDS = [
  'EndpointSlice',
  ...Object.values<KindInfo>(KINDS).flatMap((kind) => (kind.isCustom === true ? [] : [kind.manifestKind])),
];
/**
 * The methods of client-node that `src/kube/cluster/apiCalls.ts` calls. A test calls each of them in a bundle, and
 * fails if a method is missing here.
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

/**
 * Removes methods from the source of a client-node class: those that the programs never call, and those that convert a
 * response to a model class.
 */
function withoutUncalled(source: string): string {
  return source.replace(METHOD, (method, name: string, parameters: string) => {
    const isCalled = CALLED_METHODS.has(name.replace(/WithHttpInfo$/, '')) && parameters !== 'response';
    return isCalled ? method : '';
  });
}

const PACKAGE = '@kubernetes/client-node';
/** The part of client-node that is generated from the Kubernetes API. The programs do not use the other part. */
const GENERATED = `${PACKAGE}/dist/gen/index.js`;
const GENERATED_FILE = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]gen[\\/].*\.js$/;
const CLIENT_FILE = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]gen[\\/](apis|types)[\\/].*\.js$/;

/**
 * Bundles only those methods of client-node that the programs call. With all of client-node, including its HTTP client
 * and its model classes, each program would load ten times as much code. A test fails if this plugin does not work with
 * a later version of client-node.
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
