import { readFileSync, writeFileSync } from 'node:fs';
import { targetPattern } from '../src/kinds/target.ts';
import { loadCommands, withCommands, withIds, withTitles } from './generateCommands.ts';
import { ROLES_FILE, TERMINAL_FILE, withKinds, withRole } from './generateKinds.ts';
import { REFERENCE_FILE, referenceText } from './generateReference.ts';
import { isStartedFile } from './startedFile.ts';

/**
 * Returns the text of each generated file, by its path. Reads the sources in the current folder, but writes nothing.
 * The caller writes the files in this order.
 */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const commands = await loadCommands();
  const manifest = withTargetPattern(withCommands(JSON.parse(withKinds(read('package.json'))), commands));
  const strings = withTitles(JSON.parse(withKinds(read('package.nls.json'))), commands);
  const contributions = 'src/contributions.ts';
  return new Map([
    ['package.json', json(manifest)],
    ['package.nls.json', json(strings)],
    [contributions, withIds(read(contributions), commands)],
    [REFERENCE_FILE, referenceText(manifest, strings)],
    [TERMINAL_FILE, withKinds(read(TERMINAL_FILE))],
    [ROLES_FILE, withRole(read(ROLES_FILE))],
  ]);
}

/**
 * Replaces the pattern in each JSON schema of a target, such as `service/web`, in the manifest. The new pattern accepts
 * what `parseTarget` accepts. VS Code checks settings and tasks with these schemas.
 */
function withTargetPattern<T>(manifest: T): T {
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { target } = value as { readonly target?: { pattern?: string } };
    if (typeof target?.pattern === 'string') target.pattern = targetPattern();
    for (const part of Object.values(value)) visit(part);
  };
  const copy = structuredClone(manifest);
  visit((copy as { readonly contributes?: unknown }).contributes);
  return copy;
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
