import * as vscode from 'vscode';
import type { DeclaredPort } from '../../kinds/ports.ts';
import { type PortChoice, parsePortInput, portDescription } from '../present/portInput.ts';
import { labelText } from '../present/untrusted.ts';
import { type Answer, type PickItem, pick } from './quickPick.ts';

type Choice = { readonly type: 'port'; readonly port: PortChoice } | { readonly type: 'other' };

/**
 * Asks which port of the target to forward. Lists the ports that the target declares. The user can type any other port.
 * @param ports the declared ports of the target, at least one. If a target declares none, use {@link typePort}
 */
export async function pickPort(
  target: string,
  ports: readonly DeclaredPort[],
  canGoBack: boolean,
): Promise<Answer<PortChoice>> {
  const { l10n } = vscode;
  const declared = ports.map(
    (port): PickItem<Choice> => ({
      label: String(port.number),
      description: labelText(portDescription(port)),
      iconPath: new vscode.ThemeIcon('plug'),
      value: { type: 'port', port: { remote: port.number } },
    }),
  );
  const other: PickItem<Choice> = {
    label: l10n.t('Other Port...'),
    iconPath: new vscode.ThemeIcon('edit'),
    alwaysShow: true,
    value: { type: 'other' },
  };
  let typed = '';
  let show: (items: readonly PickItem<Choice>[], isBusy: boolean) => void = () => {};
  const answer = await pick<Choice>({
    title: l10n.t('Forward Port: {target}', { target: labelText(target) }),
    placeholder: l10n.t('Choose a port, or enter another one, such as 5005 or 8080:80'),
    canGoBack,
    load: (showItems) => {
      show = showItems;
      show([...declared, other], false);
      return undefined;
    },
    onDidChangeValue: (text) => {
      typed = text;
      show([...typedItems(text, declared), ...declared, other], false);
    },
  });
  if (answer.type !== 'picked') return answer;
  if (answer.value.type === 'port') return { type: 'picked', value: answer.value.port };
  return typePort(target, typed);
}

/**
 * Asks for a port in an input box: a remote port (`80`), or a local and a remote port (`8080:80`).
 * @param initial the text in the box when it opens; optional, default empty
 */
export async function typePort(target: string, initial = ''): Promise<Answer<PortChoice>> {
  const { l10n } = vscode;
  const text = await vscode.window.showInputBox({
    title: l10n.t('Forward Port: {target}', { target }),
    prompt: l10n.t('Remote port, or LOCAL:REMOTE'),
    placeHolder: '80, 8080:80',
    value: initial,
    validateInput: (value) => {
      const parsed = parsePortInput(l10n, value);
      // Shows no error for an empty input, because the user has not typed anything yet.
      return parsed.type === 'invalid' && value !== '' ? parsed.reason : undefined;
    },
  });
  if (text === undefined) return { type: 'cancelled' };
  const parsed = parsePortInput(l10n, text);
  return parsed.type === 'port' ? { type: 'picked', value: parsed.choice } : { type: 'cancelled' };
}

/**
 * Returns at most one item for the typed text: an undeclared port to forward, or the reason why the text is invalid.
 */
function typedItems(text: string, declared: readonly PickItem<Choice>[]): readonly PickItem<Choice>[] {
  const parsed = parsePortInput(vscode.l10n, text);
  if (declared.some((item) => item.label === text.trim())) return [];
  if (parsed.type === 'invalid') {
    // Shows no error for text without digits: the user may be typing a port name to filter the declared ports.
    if (!/\d/.test(text)) return [];
    return [{ label: parsed.reason, iconPath: new vscode.ThemeIcon('error'), alwaysShow: true }];
  }
  // Adds no item for a port name. VS Code already filters the declared ports by the typed name, and an added item would
  // stand above them.
  if (typeof parsed.choice.remote === 'string') return [];
  return [
    {
      label: text.trim(),
      description: vscode.l10n.t('Forward this port'),
      alwaysShow: true,
      value: { type: 'port', port: parsed.choice },
    },
  ];
}
