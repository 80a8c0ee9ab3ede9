import { rm } from 'node:fs/promises';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const SHARED: BuildOptions = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/**
 * Takes `node:http` as CommonJS does. An ES import reads all its exports, one of which, WebSocket, loads the whole of undici
 * when it is read: milliseconds at every start, for nothing.
 */
const LEAN_HTTP: Plugin = {
  name: 'lean-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:http$/ }, ({ path }) => ({ path, namespace: 'lean' }));
    onLoad({ filter: /^/, namespace: 'lean' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};

/** Bundles every entry of `src` into `dist`; what the programs share, or load late, becomes a chunk. */
export async function buildBundles(): Promise<void> {
  await rm('dist', { recursive: true, force: true });
  await Promise.all([
    build({
      ...SHARED,
      entryPoints: ['src/cli.ts', 'src/host.ts', 'src/demo.ts'],
      // Old enough to tell what is missing, see src/cli/nodeVersion.ts.
      target: 'node20',
      splitting: true,
      plugins: [LEAN_HTTP],
      chunkNames: 'chunks/[name]-[hash]',
      banner: {
        // Bundled CommonJS packages call `require` for Node's own modules.
        js: "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);",
      },
    }),
    // By itself: nothing of Kubernetes, and what a window needs later (src/ui/later.ts) in a chunk of its own.
    build({
      ...SHARED,
      entryPoints: ['src/extension.ts'],
      target: 'node22',
      splitting: true,
      chunkNames: 'chunks/extension-[name]-[hash]',
      external: ['vscode'],
      banner: {
        js: "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);",
      },
    }),
  ]);
}

if (import.meta.main) await buildBundles();
