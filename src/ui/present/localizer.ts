/**
 * Translates an English string and fills its `{placeholders}`. The extension uses `vscode.l10n`, and tests use a fake.
 * The first argument of `t` must be a string literal or the template of an error, because a test finds only these
 * strings, and checks that all of them are translated.
 */
export interface Localizer {
  t(message: string): string;
  t(message: string, args: Record<string, string | number>): string;
}
