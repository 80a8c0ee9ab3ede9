import { withoutEnd } from '../../base/text.ts';
import { REDACTED } from '../../rpc/exchanges.ts';

/**
 * Quotes an argument for the Windows Command Prompt. First escapes quotation marks and backslashes for the C runtime,
 * which splits the command line into arguments. Then puts the character after each percent sign in quotation marks: the
 * Command Prompt would replace `%PATH%` by the value of a variable, but `%"P"ATH%` names no variable. Last, puts a
 * caret before each character that is special to the Command Prompt. The result is correct whether the Command Prompt
 * replaces variables before it removes carets (Windows) or after (Wine). Returns undefined for text that the Command
 * Prompt cannot represent: characters that are neither printable ASCII nor part of the placeholder of a redacted value.
 */
export function quoteCmd(text: string): string | undefined {
  if (/[^\x20-\x7e]/.test(text.replaceAll(REDACTED, ''))) return undefined;
  // Also matches backslashes that stay unchanged. Otherwise the search would start again at each of these backslashes,
  // and many backslashes would take quadratic time.
  const escaped = text.replace(/\\*"|\\+/g, (found) =>
    found.endsWith('"') ? `${found.slice(0, -1)}\\${found}` : found,
  );
  const quoted = `"${escaped}${text.slice(withoutEnd(text, '\\').length)}"`;
  return quoted.replace(/%([^ "\\%])/g, '%"$1"').replace(/[^A-Za-z0-9 _:=+/.,\\-]/g, '^$&');
}
