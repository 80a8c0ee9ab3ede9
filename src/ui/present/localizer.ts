/**
 * Turns an English sentence into the user's language and fills its `{placeholders}`: `vscode.l10n`, or a stand-in in
 * tests. Every first argument of `t` must be a literal, or one of the error templates: the bundle is checked by them.
 */
export interface Localizer {
  t(message: string): string;
  t(message: string, args: Record<string, string | number>): string;
}
