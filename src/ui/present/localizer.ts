/**
 * Translates an English string and fills its `{placeholders}`: `vscode.l10n`, or a fake in tests. The first argument
 * of `t` must be a literal or an error template, so that a test can find all strings and check that they are
 * translated.
 */
export interface Localizer {
  t(message: string): string;
  t(message: string, args: Record<string, string | number>): string;
}
