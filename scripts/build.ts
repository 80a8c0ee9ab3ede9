import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type BuildOptions, type BuildResult, build, type Plugin, transform } from 'esbuild';
import { LEAN_CLIENT } from './leanClient.ts';
import { LEAN_COMMANDS } from './leanCommands.ts';
import { LEAN_RPC } from './leanRpc.ts';
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

/** Node's modules that the start of a program does not need. */
const LATE_MODULES: readonly string[] = ['node:v8', 'node:vm', 'node:zlib'];

/**
 * Imports some of Node's modules as CommonJS does. An ES import reads all exports of a module when the program starts: those of
 * `node:http` load the whole of undici for its WebSocket, those of `node:crypto` WebCrypto. The {@link LATE_MODULES} are loaded
 * when one of their exports is used.
 */
const LEAN_BUILTINS: Plugin = {
  name: 'lean-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(crypto|http|v8|vm|zlib)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'lean' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'lean' }, ({ path }) => ({ contents: leanModule(path) }));
  },
};

function leanModule(path: string): string {
  const load = `process.getBuiltinModule('${path}')`;
  if (!LATE_MODULES.includes(path)) return `module.exports = ${load};`;
  const names = Object.keys(process.getBuiltinModule(path) ?? {});
  return `module.exports = { ${names.map((name) => `get ${name}() { return ${load}.${name}; }`).join(', ')} };`;
}

/** Supported by the oldest Node that runs the programs, and by VS Code's. */
const PROGRAM_TARGET = 'node22';

/** The options of programs in another program's Node, and of the demo cluster: ES modules with shared chunks. */
export const PROGRAMS: BuildOptions & { readonly metafile: true } = {
  ...SHARED,
  metafile: true,
  target: PROGRAM_TARGET,
  splitting: true,
  plugins: [LEAN_BUILTINS, LEAN_CLIENT],
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    // Bundled CommonJS packages call `require` for Node's own modules.
    js: "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);",
  },
};

const PROGRAM_FILE = 'program.cjs';

/**
 * Points the entries of the command and of the forward host to the one file that {@link buildPrograms} makes of
 * `src/program.ts`, so that V8's code for it can be kept.
 */
const COMPILED_PROGRAM: Plugin = {
  name: 'compiled-program',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/program\.ts$/ }, ({ importer }) => ({
      path: basename(importer, '.ts'),
      namespace: 'compiled',
    }));
    onLoad({ filter: /^/, namespace: 'compiled' }, ({ path }) => ({
      resolveDir: 'src',
      contents: `
        import { join } from 'node:path';
        import { loadCompiled } from './base/compiledProgram.ts';
        const program = loadCompiled(join(import.meta.dirname, '${PROGRAM_FILE}'), '${path}');
        export const { loadCommand, loadHost } = program.exports;
        export const { keepCode } = program;`,
    }));
  },
};

/** Bundles the terminal command and the forward host into `outdir`: two small entries, and one file that both load. */
export async function buildPrograms(outdir: string): Promise<readonly BuildResult[]> {
  const entries = build({
    ...SHARED,
    outdir,
    // Old enough to tell what is missing, see src/cli/nodeVersion.ts.
    target: 'node20',
    entryPoints: ['src/cli.ts', 'src/host.ts'],
    plugins: [COMPILED_PROGRAM, LEAN_BUILTINS],
  });
  const program = await build({
    ...SHARED,
    outdir,
    target: PROGRAM_TARGET,
    format: 'cjs',
    charset: 'ascii',
    metafile: true,
    write: false,
    entryPoints: ['src/program.ts'],
    outExtension: { '.js': '.cjs' },
    // `import()` of Node's own modules.
    supported: { 'dynamic-import': false },
    plugins: [LEAN_BUILTINS, LEAN_CLIENT],
  });
  for (const { path, hash, text } of program.outputFiles) {
    const content = hash.replaceAll(/\W/g, '');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `/*${content}*/(function (require, module) {${text}; return module.exports; })`);
  }
  return [await entries, program];
}

const WINDOW_TARGET = 'node22';

/**
 * Bundles the window as CommonJS, which VS Code loads in less than half the time of ES modules on busy cores. What an `import()`
 * loads lies in chunks. esbuild splits only ES modules, so each file becomes CommonJS after the split.
 */
async function buildWindow(): Promise<Pick<BuildResult<{ metafile: true }>, 'metafile'>> {
  const { metafile, outputFiles } = await build({
    ...SHARED,
    target: WINDOW_TARGET,
    splitting: true,
    metafile: true,
    write: false,
    plugins: [LEAN_COMMANDS, LEAN_RPC],
    entryPoints: { extension: 'src/extension.ts' },
    entryNames: '[name]',
    chunkNames: 'chunks/window-[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    external: ['vscode'],
  });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const { code } = await transform(text, {
        format: 'cjs',
        target: WINDOW_TARGET,
        minify: true,
        // An `import()` that is left as it is would load the chunk as VS Code loads ES modules.
        supported: { 'dynamic-import': false },
      });
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, code);
    }),
  );
  return { metafile };
}

/** Bundles the pages of the webviews, which run in a browser and need nothing of the window. */
const WEBVIEWS: BuildOptions & { readonly metafile: true } = {
  ...SHARED,
  metafile: true,
  outdir: 'dist/webview',
  platform: 'browser',
  format: 'iife',
  // The browser of the oldest VS Code that the extension runs in.
  target: 'chrome138',
  entryPoints: [
    'src/webview/requests.ts',
    'src/webview/requests.css',
    'src/webview/traffic.ts',
    'src/webview/traffic.css',
  ],
};

/**
 * Bundles every entry of `src` into `dist`, with chunks for code that the programs share or load late, and writes the notices of
 * the bundled packages. Returns the folders of these packages.
 */
export async function buildBundles(): Promise<string[]> {
  await rm('dist', { recursive: true, force: true });
  const results = await Promise.all([
    build({ ...PROGRAMS, entryPoints: ['src/demo.ts'] }),
    ...(await buildPrograms('dist')),
    // By itself: nothing of Kubernetes.
    buildWindow(),
    build(WEBVIEWS),
  ]);
  // The file has types only, and is its own declaration file.
  await copyFile('src/ui/api/portForwardApi.ts', 'dist/api.d.ts');
  const packages = bundledPackages(results.flatMap(({ metafile }) => metafile ?? []));
  await writeFile(NOTICES_FILE, thirdPartyNotices(packages));
  return packages;
}

if (isStartedFile(import.meta.url)) await buildBundles();
