import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/** What takes the place of modules that the program never runs. Whatever else is imported from them fails the build. */
const STAND_INS: Readonly<Record<string, string>> = {
  /** client-node's HTTP stack. */
  undici: `
    function notHere() { throw new Error('undici is not in this bundle: every request goes through src/rest'); }
    export { notHere as fetch };`,
  /** Between plain objects and 800 model classes. Plain objects are sent as they are, and src/json reads the answers. */
  ObjectSerializer: `
    export const ObjectSerializer = {
      getPreferredMediaType: () => 'application/json',
      serialize: (data) => data,
      stringify: (data) => JSON.stringify(data),
    };`,
  /** The model classes. */
  all: '',
};

/**
 * A method of a generated class that the program never calls: one that changes something in a cluster, or that reads a response into a
 * model class.
 */
const UNUSED_METHOD =
  /^ {4}(?:async )?(?:(?:connect|create(?!SelfSubjectAccessReview)|delete|patch|replace)\w*\([^)]*\)|\w+\(response\)) \{\n.*?^ {4}\}\n/gms;

const PACKAGE = '@kubernetes/client-node';
/** The generated part of the package. What the index has besides is written by hand, and not used. */
const GENERATED = `${PACKAGE}/dist/gen/index.js`;
const GENERATED_FILE = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]gen[\\/].*\.js$/;

/**
 * Bundles the parts of client-node that the program calls: of its generated clients what reads. The rest of the package, its HTTP stack and
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
    onLoad({ filter: GENERATED_FILE }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(UNUSED_METHOD, ''),
    }));
  },
};
