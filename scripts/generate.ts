import { readFileSync, writeFileSync } from 'node:fs';
import { loadCommands, withCommands, withIds, withTitles } from './generateCommands.ts';
import { ROLES_FILE, TERMINAL_FILE, withKinds, withRole } from './generateKinds.ts';
import { REFERENCE_FILE, referenceText } from './generateReference.ts';
import { withSchemas } from './generateSchemas.ts';
import { STRINGS_FILE, usedStrings } from './generateStrings.ts';
import { isStartedFile } from './startedFile.ts';

/**
 * Returns the text of each generated file, by its path. Reads the sources in the current folder, but writes nothing.
 * The caller writes the files in this order.
 */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const commands = await loadCommands();
  const manifest = withSchemas(withCommands(JSON.parse(withKinds(read('package.json'))), commands));
  const strings = withTitles(JSON.parse(withKinds(read('package.nls.json'))), commands);
  const contributions = 'src/contributions.ts';
  return new Map([
    ['package.json', json(manifest)],
    ['package.nls.json', json(strings)],
    [contributions, withIds(read(contributions), commands)],
    [REFERENCE_FILE, referenceText(manifest, strings)],
    [TERMINAL_FILE, withKinds(read(TERMINAL_FILE))],
    [ROLES_FILE, withRole(read(ROLES_FILE))],
    [STRINGS_FILE, json(Object.fromEntries(usedStrings().map((string) => [string, string])))],
  ]);
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

if (isStartedFile(import.meta.url)) {
  for (const [file, text] of await generatedFiles()) writeFileSync(file, text);
}
