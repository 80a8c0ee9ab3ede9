import { ERROR_MESSAGES, type ErrorCode, shownArguments } from '../../base/errors.ts';
import { MESSAGE_LIMIT } from '../../base/text.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import type { Localizer } from './localizer.ts';

/**
 * Messages that VS Code windows show for some errors. The messages in {@link ERROR_MESSAGES} for these errors mention
 * options and commands of the terminal.
 */
export const WINDOW_MESSAGES = {
  KUBECONFIG_NOT_FOUND:
    'kubeconfig {path} does not exist: check the setting "Kubeconfig Files" and KUBECONFIG',
  NO_KUBECONFIG: 'no kubeconfig found: choose one, or create {path}',
  NO_CURRENT_CONTEXT: 'the kubeconfig has no current context: choose one of {known}',
  POD_NOT_FOUND:
    'pod "{name}" not found in namespace "{namespace}": it may have been replaced, choose another pod',
  TARGET_NOT_FOUND: '{kind} "{name}" not found in namespace "{namespace}": check the name and the namespace',
  SERVICE_WITHOUT_SELECTOR:
    'service "{name}" has no selector: forward to a pod instead (its EndpointSlices in namespace "{namespace}" contain its endpoints)',
  NO_READY_POD: '{target} has no ready pod after {seconds} s: check its pods in the Clusters view',
  POD_NOT_RUNNING: 'pod "{name}" is still {phase} after {seconds} s: check its events and logs',
  HOST_TOO_OLD:
    'the background process (PID {processId}) has the older version {version}: reload the window, or end the process',
  FORWARD_UNKNOWN: 'forward "{name}" not found',
  FORWARD_AMBIGUOUS: '"{name}" is forwarded {places}: choose one',
  FORWARD_NOT_READY: '{target} is still not forwarded after {seconds} s: try again later',
  REQUEST_LOG_OFF: 'the request log of {forward} is off: turn it on first',
} as const satisfies Partial<Record<ErrorCode, string>>;

/**
 * Returns the message of an error in the user's language, as plain text on one line.
 * @param limit the maximum length of each argument that comes from outside this program, such as a name or a response;
 *   longer arguments are shortened
 */
export function errorText(l10n: Localizer, error: ErrorInfo, limit: number = MESSAGE_LIMIT): string {
  const template = messageTemplate(error.code);
  const sentence = l10n.t(template, shownArguments(error.arguments, limit));
  // Capitalizes the first letter, except in a message that begins with a name (`{name}` in the template), because names
  // are case-sensitive.
  return /^\p{Ll}/u.test(template) ? sentence.charAt(0).toLocaleUpperCase() + sentence.slice(1) : sentence;
}

function messageTemplate(code: ErrorCode): string {
  return code in WINDOW_MESSAGES
    ? WINDOW_MESSAGES[code as keyof typeof WINDOW_MESSAGES]
    : ERROR_MESSAGES[code];
}

/**
 * Whether the error is a missing permission. The window then offers Copy Role, because a role with the permission would
 * solve the problem.
 */
export function isForbidden({ code }: ErrorInfo): boolean {
  return code === 'FORBIDDEN' || code === 'FORBIDDEN_CLUSTER_WIDE';
}

/** A short title for an error, for the label of a row whose description has the full message. */
export function errorTitle(l10n: Localizer, code: ErrorCode): string {
  switch (code) {
    case 'UNREACHABLE':
    case 'TIMED_OUT':
    case 'PROXY_FAILED':
      return l10n.t("Can't connect");
    case 'TLS':
      return l10n.t('Not secure');
    case 'UNAUTHORIZED':
    case 'CREDENTIALS_FAILED':
      return l10n.t('Not signed in');
    case 'FORBIDDEN':
    case 'FORBIDDEN_CLUSTER_WIDE':
      return l10n.t('Not allowed');
    case 'KUBECONFIG_INVALID':
      return l10n.t('Invalid kubeconfig');
    case 'KUBECONFIG_NOT_FOUND':
    case 'NO_KUBECONFIG':
      return l10n.t('No kubeconfig');
    case 'KUBECONFIG_UNREADABLE':
      return l10n.t("Can't read kubeconfig");
    default:
      return l10n.t('Failed');
  }
}
