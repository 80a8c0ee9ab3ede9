import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** The definition of a command in the formatter's layout. */
const DEFINITION = /^ {2}defineCommand\(\{\n[\s\S]*?^ {2}\}\),\n/gm;
/** A property that only `package.json` needs, with its lines. */
const MANIFEST_PROPERTY = /^ {4}(?:title|icon|when|menus|keys|shownKeys):.*\n(?: {5,}.*\n| {4}[\])}].*\n)*/gm;

/** Removes the manifest's part of the commands: a window runs commands by their IDs. */
export const LEAN_COMMANDS: Plugin = {
  name: 'lean-commands',
  setup(build) {
    build.onLoad({ filter: /[\\/]ui[\\/]commands[\\/]\w+Commands\.ts$/ }, async ({ path }) => ({
      contents: withoutManifest(await readFile(path, 'utf8')),
      loader: 'ts',
    }));
  },
};

function withoutManifest(source: string): string {
  return source.replaceAll(DEFINITION, (definition) => definition.replaceAll(MANIFEST_PROPERTY, ''));
}
