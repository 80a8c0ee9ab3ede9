import { printable } from '../../base/text.ts';

/** U+2060: an invisible character that joins words. */
const WORD_JOINER = '\u2060';

/**
 * Makes text from a cluster or a kubeconfig safe for a notification. A notification shows `[text](link)` as a link,
 * which can even run a command. This puts an invisible character between `]` and `(`, and escapes control characters.
 */
export function notificationText(text: string): string {
  return printable(text).replaceAll('](', `]${WORD_JOINER}(`);
}

/**
 * Makes text safe for the labels of quick picks and of the status bar, which show `$(name)` as an icon. This puts an
 * invisible character between `$` and `(`, and escapes control characters.
 */
export function labelText(text: string): string {
  return printable(text).replaceAll('$(', `$${WORD_JOINER}(`);
}
