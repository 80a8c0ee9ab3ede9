import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** What takes the place of modules that the program never runs. Whatever else is imported from them fails the build. */
const STAND_INS: Readonly<Record<string, string>> = {
  /** client-node's HTTP stack. */
  undici: `
    function notHere() { throw new Error('undici is not in this bundle: every request goes through src/rest'); }
    export { notHere as fetch, notHere as Agent, notHere as ProxyAgent };`,
  /** Between plain objects and 800 model classes. Plain objects are sent as they are, and answers are read by src/json. */
  models: `
    function notHere() { throw new Error('the models of client-node are not in this bundle: src/json reads the answers'); }
    export const ObjectSerializer = {
      getPreferredMediaType: () => 'application/json',
      serialize: (data) => data,
      stringify: (data) => JSON.stringify(data),
      normalizeMediaType: notHere,
      parse: notHere,
      deserialize: notHere,
    };`,
};

/** A method of a generated class that changes something in a cluster, which the program never does. */
const WRITING_METHOD =
  /^ {4}(?:async )?(?:connect|create(?!SelfSubjectAccessReview)|delete|patch|replace)\w*\([^)]*\) \{\n.*?^ {4}\}\n/gms;

const UNCHANGED = Symbol('resolved by esbuild itself');

/**
 * Bundles the parts of client-node that the program calls, the generated clients: without its HTTP stack and its model classes, which
 * would make each program load twice as much. Should a later client-node move these modules, a bundle grows, and a test fails.
 */
export const LEAN_CLIENT: Plugin = {
  name: 'lean-client',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^/ }, async ({ path, pluginData, kind, importer, resolveDir }) => {
      const isInside = /[\\/]@kubernetes[\\/]client-node[\\/]/.test(importer);
      if (pluginData === UNCHANGED || !(isInside || path === '@kubernetes/client-node')) return undefined;
      if (path === 'undici') return { path: 'undici', namespace: 'stand-in' };
      if (path.endsWith('/ObjectSerializer.js')) return { path: 'models', namespace: 'stand-in' };
      const resolved = await resolve(path, { kind, importer, resolveDir, pluginData: UNCHANGED });
      // Its package does not say so, but a module of it that nothing is used of may stay out.
      return { ...resolved, sideEffects: false };
    });
    onLoad({ filter: /[\\/]gen[\\/](?:apis|types)[\\/]\w+A(?:pi|PI)\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(WRITING_METHOD, ''),
    }));
    onLoad({ filter: /^/, namespace: 'stand-in' }, ({ path }) => ({ contents: STAND_INS[path] ?? '' }));
  },
};
