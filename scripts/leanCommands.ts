import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Matches the definition of a command, as the formatter lays it out. */
const DEFINITION = /^ {2}defineCommand\(\{\n[\s\S]*?^ {2}\}\),\n/gm;
/** Matches a property that only `package.json` needs, with all of its lines. */
const MANIFEST_PROPERTY = /^ {4}(?:title|icon|when|menus|keys|shownKeys):.*\n(?: {5,}.*\n| {4}[\])}].*\n)*/gm;

/**
 * Removes the properties of commands that only `package.json` needs, such as titles and menus. The code in the window
 * does not use them, because VS Code runs a command by its ID.
 */
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
