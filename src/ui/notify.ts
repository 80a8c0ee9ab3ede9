import * as vscode from 'vscode';
import { Emitter } from '../base/event.ts';
import { printable } from '../base/text.ts';
import { COMMANDS } from '../contributions.ts';
import { toErrorInfo } from '../rpc/rpcErrors.ts';
import { errorText } from './present/errorText.ts';
import { notificationText } from './present/untrusted.ts';
import { readSetting } from './settings.ts';

export type Severity = 'information' | 'warning' | 'error';

/** A button of a notification. If the promise of `run` rejects, the error is shown. */
export type NotificationButton =
  | { readonly title: string; readonly command: string; readonly arguments: readonly unknown[] }
  | { readonly title: string; readonly run: () => Promise<void> };

const SHOW = {
  information: vscode.window.showInformationMessage,
  warning: vscode.window.showWarningMessage,
  error: vscode.window.showErrorMessage,
};

const suppressed = new Emitter<{ readonly severity: 'warning' | 'error'; readonly text: string }>();

/**
 * Fires with a warning or an error that the setting `notifications` suppresses. The output channel shows the text
 * instead, because no other place would tell the user why a command failed.
 */
export const onDidSuppress = suppressed.event;

/**
 * Shows a notification about forwards or saved forwards, unless the setting `notifications` suppresses the
 * notification. The output channel then shows the text of a suppressed warning or error.
 */
export function notify(severity: Severity, text: string, buttons: readonly NotificationButton[] = []): void {
  if (isShown(severity)) inform(severity, text, buttons);
  else if (severity !== 'information') suppressed.fire({ severity, text: printable(text) });
}

/**
 * Shows a notification about the state of a forward or a gateway, unless the setting `notifications` suppresses it. The
 * output channel does not show the suppressed text, because the log of the host already has the reason.
 */
export function notifyState(severity: Severity, text: string, buttons: readonly NotificationButton[]): void {
  if (isShown(severity)) inform(severity, text, buttons);
}

/** Returns whether the setting `notifications` allows a notification of a severity. */
function isShown(severity: Severity): boolean {
  switch (readSetting('notifications')) {
    case 'none':
      return false;
    case 'errors':
      return severity !== 'information';
    default:
      return true;
  }
}

/** Shows a notification that no setting suppresses, such as the result of a command. */
export function inform(severity: Severity, text: string, buttons: readonly NotificationButton[] = []): void {
  const showMessage: (message: string, ...titles: string[]) => Thenable<string | undefined> = SHOW[severity];
  showMessage(notificationText(text), ...buttons.map((button) => button.title)).then(
    (title) => {
      const button = buttons.find((candidate) => candidate.title === title);
      if (button === undefined) return undefined;
      return 'run' in button
        ? button.run().catch(showError)
        : vscode.commands.executeCommand(button.command, ...button.arguments);
    },
    // The promise rejects if the window closes while the notification is open. Then there is nothing to do.
    () => {},
  );
}

function showError(error: unknown): void {
  inform('error', errorText(vscode.l10n, toErrorInfo(error)), [outputButton()]);
}

/** Returns a button that shows the output channel. */
export function outputButton(): NotificationButton {
  return { title: vscode.l10n.t('Show Output'), command: COMMANDS.showOutput, arguments: [] };
}
