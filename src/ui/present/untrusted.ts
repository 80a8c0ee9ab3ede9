import { printable } from '../../base/text.ts';

/** U+2060: joins words without a gap, seen by nobody. */
const WORD_JOINER = '\u2060';

/**
 * Text from a cluster or a kubeconfig on its way into a notification, which turns `[text](link)` into a link, even one
 * that runs a command: the two brackets are kept apart. Control characters come out escaped.
 */
export function notificationText(text: string): string {
  return printable(text).replaceAll('](', `]${WORD_JOINER}(`);
}

/** The same for where VS Code turns `$(name)` into an icon: labels of quick picks and of the status bar. */
export function labelText(text: string): string {
  return printable(text).replaceAll('$(', `$${WORD_JOINER}(`);
}
