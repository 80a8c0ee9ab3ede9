import { copyFile, rm, writeFile } from 'node:fs/promises';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { isStartedFile } from './startedFile.ts';
import { bundledPackages, NOTICES_FILE, thirdPartyNotices } from './thirdPartyNotices.ts';

const SHARED: BuildOptions = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

/** Node's modules that a start needs nothing of, with what the sources import from each. */
const LATE_MODULES: Readonly<Record<string, readonly string[]>> = {
  'node:zlib': ['constants', 'createGunzip', 'gunzipSync', 'inflateRawSync'],
};

/**
 * Takes some of Node's modules as CommonJS does. An ES import reads all exports of a module when the program starts: those of
 * `node:http` load the whole of undici for its WebSocket. The {@link LATE_MODULES} are loaded when one of their exports is used.
 */
const LEAN_BUILTINS: Plugin = {
  name: 'lean-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(http|zlib)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'lean' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'lean' }, ({ path }) => ({ contents: leanModule(path) }));
  },
};

function leanModule(path: string): string {
  const load = `process.getBuiltinModule('${path}')`;
  const late = LATE_MODULES[path];
  if (late === undefined) return `module.exports = ${load};`;
  return `module.exports = { ${late.map((name) => `get ${name}() { return ${load}.${name}; }`).join(', ')} };`;
}

/** The options of everything that runs in a Node of its own, or in another program's: ES modules that share chunks. */
export const PROGRAMS: BuildOptions & { readonly metafile: true } = {
  ...SHARED,
  metafile: true,
  // Old enough to tell what is missing, see src/cli/nodeVersion.ts.
  target: 'node20',
  splitting: true,
  plugins: [LEAN_BUILTINS],
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    // Bundled CommonJS packages call `require` for Node's own modules.
    js: "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);",
  },
};

const WINDOW: BuildOptions = { format: 'cjs', target: 'node22', outExtension: { '.js': '.cjs' } };

/** Keeps the library of the window's remote procedure calls in a file of its own, which changes with its version alone. */
const RPC_APART: Plugin = {
  name: 'rpc-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^vscode-jsonrpc(\/node)?$/ }, () => ({
      path: './chunks/vscode-jsonrpc.cjs',
      external: true,
    }));
  },
};

/**
 * Bundles every entry of `src` into `dist`, with chunks for code that the programs share or load late, and writes the notices of
 * the bundled packages. Returns the folders of these packages.
 */
export async function buildBundles(): Promise<string[]> {
  await rm('dist', { recursive: true, force: true });
  const results = await Promise.all([
    build({ ...PROGRAMS, entryPoints: ['src/cli.ts', 'src/host.ts', 'src/demo.ts'] }),
    // By itself: nothing of Kubernetes. As CommonJS, which VS Code loads in less than half the time of ES modules where cores are busy.
    build({
      ...SHARED,
      ...WINDOW,
      entryPoints: { extension: 'src/extension.ts' },
      external: ['vscode'],
      plugins: [RPC_APART],
    }),
    build({ ...SHARED, ...WINDOW, entryPoints: { 'chunks/vscode-jsonrpc': 'vscode-jsonrpc/node' } }),
  ]);
  // Types and nothing else: it is its own declaration file.
  await copyFile('src/ui/api/portForwardApi.ts', 'dist/api.d.ts');
  const packages = bundledPackages(results.flatMap(({ metafile }) => metafile ?? []));
  await writeFile(NOTICES_FILE, thirdPartyNotices(packages));
  return packages;
}

if (isStartedFile(import.meta.url)) await buildBundles();
