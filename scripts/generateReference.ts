/**
 * The path of the documentation of settings and commands. It is generated from `package.json`, so that it always
 * matches what VS Code shows.
 */
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

interface Manifest {
  readonly contributes: {
    readonly commands: readonly Command[];
    readonly menus: {
      readonly commandPalette: readonly { readonly command: string; readonly when?: string }[];
    };
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
  };
}

const KEYS = [
  'Keys act on the focused row, or on the whole selection if the focused row is part of it. Selected rows that are hidden beneath a collapsed row are left out.',
  '',
  '- In *Forwards*, Delete (macOS: ⌘⌫) stops a forward, or deletes a saved forward.',
  '- In *Forwards*, F2 (macOS: Enter) sets the label of a forward.',
  '- In *Forwards*, Enter starts a saved forward.',
  '- In *Clusters*, Enter forwards a port of the row, and Delete (macOS: ⌘⌫) stops the forwards of the row.',
];

/** Returns the text of {@link REFERENCE_FILE} for a manifest and its strings. */
export function referenceText({ contributes }: Manifest, strings: Readonly<Record<string, string>>): string {
  const textOf = (text: string): string =>
    text.replace(/^%(.+)%$/, (_match, key: string) => strings[key] ?? key);
  const titles = (isInPalette: boolean): readonly string[] => [
    ...new Set(commandsOf(contributes, isInPalette).map(({ title }) => `- ${textOf(title)}`)),
  ];
  return [
    '# Settings and commands',
    '',
    '<!-- Written by npm run generate. -->',
    '',
    '## Settings',
    '',
    '| Setting | Default | Meaning |',
    '| --- | --- | --- |',
    ...Object.entries(contributes.configuration.properties).map(([name, setting]) =>
      row(
        `\`${name}\``,
        `\`${JSON.stringify(setting.default)}\``,
        textOf(descriptionOf(setting)) + valuesOf(setting),
      ),
    ),
    '',
    '## Commands in the palette',
    '',
    'All of them are under *Kubernetes Port Forward*. If a command is for one forward, you choose the forward from a list.',
    '',
    ...titles(true),
    '',
    '## Commands in the menus of the trees',
    '',
    ...titles(false),
    '',
    '## Keys',
    '',
    ...KEYS,
    '',
  ].join('\n');
}

/** Returns the commands that are in the command palette, or the commands that are only in menus. */
function commandsOf({ commands, menus }: Manifest['contributes'], isInPalette: boolean): readonly Command[] {
  const hidden = menus.commandPalette.filter(({ when }) => when === 'false').map(({ command }) => command);
  return commands.filter(({ command }) => hidden.includes(command) !== isInPalette);
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
