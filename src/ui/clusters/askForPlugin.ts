import * as vscode from 'vscode';
import { printable, shortPrintable } from '../../base/text.ts';
import type { ContextRow } from '../../rpc/clustersContract.ts';
import { notificationText } from '../present/untrusted.ts';

/**
 * The maximum length of each name in a question. VS Code cuts a notification off after 1,000 characters, so a
 * kubeconfig could otherwise hide the server with a long name of something else.
 */
const NAME_LIMIT = 120;

/**
 * Asks the user whether the host may use what a kubeconfig of the workspace names to sign in to a cluster: a token
 * file, whose content the server gets, or a plugin. The user can open the kubeconfig first and read the arguments of
 * the plugin, because the arguments decide what a program such as a shell does. The question does not contain the
 * arguments, because the arguments may contain secrets. Resolves with false if the user declines, or closes the
 * question without an answer.
 */
export async function askForPlugin(row: ContextRow): Promise<boolean> {
  const { l10n } = vscode;
  const { kubeconfig, files = [kubeconfig] } = row;
  const { text, allow } = question(row);
  const open = l10n.t('Open Kubeconfig');
  const message = notificationText([text, ...trustWarning(row)].join(' '));
  for (;;) {
    const answer = await vscode.window.showWarningMessage(message, allow, open, l10n.t('Not Now'));
    if (answer !== open) return answer === allow;
    const opened = files.map((file) =>
      vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), { preview: false }),
    );
    // If a file cannot be opened, VS Code shows the error, and the question is asked again.
    await Promise.allSettled(opened);
  }
}

/**
 * Returns the scheme and host of a URL. If the host is too long, keeps its end, because the end of a host name says
 * whose server it is. A path is left out, because a long path could otherwise take the place of the host.
 */
function shortServer(url = ''): string {
  if (!URL.canParse(url)) return shortPrintable(url, NAME_LIMIT);
  const { protocol, host } = new URL(url);
  const end = host.length > NAME_LIMIT ? `…${host.slice(-NAME_LIMIT)}` : host;
  return printable(`${protocol}//${end}`);
}

/** Returns the text of the question, and the button that gives the permission. */
function question(row: ContextRow): { readonly text: string; readonly allow: string } {
  const { l10n } = vscode;
  const short = (text = '') => shortPrintable(text, NAME_LIMIT);
  const [server, proxy] = [shortServer(row.server), shortServer(row.proxy)];
  const [context, file, plugin] = [short(row.context), short(row.tokenFile), short(row.plugin)];
  if (row.tokenFile === undefined) {
    const text =
      row.proxy === undefined
        ? l10n.t(
            'A kubeconfig in this workspace runs the program {plugin}, with arguments that the kubeconfig names, to sign in to {server} (context {context}). Do you trust this program and its arguments?',
            { plugin, server, context },
          )
        : l10n.t(
            'A kubeconfig in this workspace runs the program {plugin}, with arguments that the kubeconfig names, to sign in through the proxy {proxy} to {server} (context {context}). Do you trust this program, its arguments and the proxy?',
            { plugin, proxy, server, context },
          );
    return { text, allow: l10n.t('Run Program') };
  }
  const text =
    row.proxy === undefined
      ? l10n.t(
          'A kubeconfig in this workspace sends the content of the file {file} to {server} to sign in (context {context}). Do you trust this server with the content of the file?',
          { file, server, context },
        )
      : l10n.t(
          'A kubeconfig in this workspace sends the content of the file {file} through the proxy {proxy} to {server} to sign in (context {context}). Do you trust the proxy and this server with the content of the file?',
          { file, proxy, server, context },
        );
  return { text, allow: l10n.t('Send File') };
}

/** Returns a warning if another computer, such as the proxy, could pretend to be the server. */
function trustWarning({ trust }: ContextRow): readonly string[] {
  const { l10n } = vscode;
  if (trust === 'none') return [l10n.t('The kubeconfig does not check the certificate of the server.')];
  if (trust === undefined) return [];
  return [l10n.t('The kubeconfig itself decides which certificate of the server is trusted.')];
}
