import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

/** Bundles every entry of `src` into `dist`; what several entries share, or load late, becomes a chunk. */
export async function buildBundles(): Promise<void> {
  await rm('dist', { recursive: true, force: true });
  await build({
    entryPoints: ['src/cli.ts', 'src/demo.ts'],
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    banner: {
      // Bundled CommonJS packages call `require` for Node's own modules.
      js: "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);",
    },
  });
}

if (import.meta.main) await buildBundles();
