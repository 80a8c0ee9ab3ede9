import { readFileSync, writeFileSync } from 'node:fs';
import { loadCommands, withCommands, withIds, withTitles } from './generateCommands.ts';
import { REFERENCE_FILE, referenceText } from './generateReference.ts';
import { isStartedFile } from './startedFile.ts';

/** Returns the text of each generated file, as the sources in the current folder say it, in the order of writing. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const commands = await loadCommands();
  const manifest = withCommands(JSON.parse(readFileSync('package.json', 'utf8')), commands);
  const strings = withTitles(JSON.parse(readFileSync('package.nls.json', 'utf8')), commands);
  const contributions = 'src/contributions.ts';
  return new Map([
    ['package.json', json(manifest)],
    ['package.nls.json', json(strings)],
    [contributions, withIds(readFileSync(contributions, 'utf8'), commands)],
    [REFERENCE_FILE, referenceText(manifest, strings)],
  ]);
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

if (isStartedFile(import.meta.url)) {
  for (const [file, text] of await generatedFiles()) writeFileSync(file, text);
}
