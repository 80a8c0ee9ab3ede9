/**
 * Translates an English string and fills its `{placeholders}`. Windows use `vscode.l10n`, and tests use a fake. Pass
 * only literals or error templates as the first argument of `t`: a test collects all of them and checks that they are
 * translated.
 */
export interface Localizer {
  t(message: string): string;
  t(message: string, args: Record<string, string | number>): string;
}
