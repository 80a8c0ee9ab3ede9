import { readFileSync, writeFileSync } from 'node:fs';
import { isStartedFile } from './startedFile.ts';

/** The page of the settings and commands, written from the manifest so that it never differs from what VS Code shows. */
export const REFERENCE_FILE = 'docs/settings-and-commands.md';

interface Setting {
  readonly default?: unknown;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly enum?: readonly string[];
}

interface Command {
  readonly command: string;
  readonly title: string;
}

/** Returns the text of {@link REFERENCE_FILE} for the manifest and its strings in the current folder. */
export function referenceText(): string {
  const { contributes } = JSON.parse(readFileSync('package.json', 'utf8'));
  const strings: Record<string, string | { readonly message: string }> = JSON.parse(
    readFileSync('package.nls.json', 'utf8'),
  );
  const textOf = (text: string): string =>
    text.replace(/^%(.+)%$/, (_match, key: string) => {
      const value = strings[key];
      return typeof value === 'string' ? value : (value?.message ?? key);
    });
  const hidden = new Set(
    contributes.menus.commandPalette
      .filter(({ when }: { when?: string }) => when === 'false')
      .map(({ command }: Command) => command),
  );
  const commands: readonly Command[] = contributes.commands;
  const titles = (isHidden: boolean): string[] => [
    ...new Set(
      commands.filter(({ command }) => hidden.has(command) === isHidden).map(({ title }) => textOf(title)),
    ),
  ];
  return [
    '# Settings and commands',
    '',
    '<!-- Written by npm run generate from package.json. -->',
    '',
    '## Settings',
    '',
    '| Setting | Default | Meaning |',
    '| --- | --- | --- |',
    ...Object.entries<Setting>(contributes.configuration.properties).map(([name, setting]) =>
      row(
        `\`${name}\``,
        `\`${JSON.stringify(setting.default)}\``,
        textOf(descriptionOf(setting)) + valuesOf(setting),
      ),
    ),
    '',
    '## Commands in the palette',
    '',
    'All of them are under *Kubernetes Port Forward*. A command about one forward asks which one.',
    '',
    ...titles(false).map((title) => `- ${title}`),
    '',
    '## Commands in the menus of the trees',
    '',
    ...titles(true).map((title) => `- ${title}`),
    '',
    '## Keys',
    '',
    'Keys act on the focused row, or on the whole selection if the focused row is part of it. In *Forwards*, Delete stops a forward or deletes a saved one,',
    'F2 sets the label, and Enter starts a saved forward. On macOS, these are ⌘⌫ and Enter. In *Clusters*, Enter forwards.',
    '',
  ].join('\n');
}

function descriptionOf({ markdownDescription, description }: Setting): string {
  return markdownDescription ?? description ?? '';
}

function valuesOf({ enum: values }: Setting): string {
  return values === undefined ? '' : ` One of ${values.map((value) => `\`${value}\``).join(', ')}.`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

if (isStartedFile(import.meta.url)) writeFileSync(REFERENCE_FILE, referenceText());
