import { globSync, readFileSync } from 'node:fs';
import { ERROR_MESSAGES } from '../src/base/errors.ts';
import { compareNames } from '../src/ui/clusters/clusterNodes.ts';
import { WINDOW_MESSAGES } from '../src/ui/present/errorText.ts';

/** The strings that a window may translate. VS Code uses their translations in files beside this one. */
export const STRINGS_FILE = 'l10n/bundle.l10n.json';

/** Matches a call of `l10n.t`, with its first argument if that is a string literal. */
const CALL = /\bl10n\s*\.t\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")?/g;

/**
 * The only file in which the first argument of `l10n.t` need not be a string literal. This file translates the error
 * messages, which {@link usedStrings} reads from the tables of error messages.
 */
const ERROR_TEXT = 'src/ui/present/errorText.ts';

/**
 * Returns all English strings that a window may translate, sorted. Throws an error if a call of `l10n.t` has no string
 * literal, because its string could not be found.
 */
export function usedStrings(): readonly string[] {
  const strings = new Set<string>(Object.values(WINDOW_MESSAGES));
  for (const [code, message] of Object.entries(ERROR_MESSAGES)) {
    if (!(code in WINDOW_MESSAGES)) strings.add(message);
  }
  for (const path of ['src/extension.ts', ...globSync('src/ui/**/*.ts')]) {
    const file = path.replaceAll('\\', '/');
    for (const string of stringsOf(file)) strings.add(string);
  }
  return [...strings].sort(compareNames);
}

function stringsOf(file: string): readonly string[] {
  const strings: string[] = [];
  for (const [call, single, double] of readFileSync(file, 'utf8').matchAll(CALL)) {
    const literal = single ?? double;
    if (literal !== undefined) strings.push(literal.replaceAll(/\\(.)/g, '$1'));
    else if (file !== ERROR_TEXT) throw new Error(`${file}: ${call} has no literal string`);
  }
  return strings;
}
