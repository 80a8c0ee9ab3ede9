import { printable } from '../../base/text.ts';

/**
 * U+2060 WORD JOINER, an invisible character. If it is between `]` and `(`, or between `$` and `(`, VS Code shows these
 * characters as plain text.
 */
const WORD_JOINER = '\u2060';

/**
 * Makes text from a cluster or a kubeconfig safe for a notification. VS Code would show `[text](link)` in the text as a
 * link, which can even run a command. So this function puts an invisible character between `]` and `(`. It also escapes
 * control characters.
 */
export function notificationText(text: string): string {
  return printable(text).replaceAll('](', `]${WORD_JOINER}(`);
}

/**
 * Makes text safe for the labels of quick picks and of the status bar. VS Code would show `$(name)` in the text as an
 * icon. So this function puts an invisible character between `$` and `(`. It also escapes control characters.
 */
export function labelText(text: string): string {
  return printable(text).replaceAll('$(', `$${WORD_JOINER}(`);
}
