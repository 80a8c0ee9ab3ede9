import { printable } from '../../base/text.ts';

/** U+2060: an invisible character that joins words. */
const WORD_JOINER = '\u2060';

/**
 * Makes text from a cluster or a kubeconfig safe for a notification, which shows `[text](link)` as a link, even to a command:
 * separates the two brackets. Escapes control characters.
 */
export function notificationText(text: string): string {
  return printable(text).replaceAll('](', `]${WORD_JOINER}(`);
}

/** Does the same for `$(name)`, which labels of quick picks and the status bar show as an icon. */
export function labelText(text: string): string {
  return printable(text).replaceAll('$(', `$${WORD_JOINER}(`);
}
