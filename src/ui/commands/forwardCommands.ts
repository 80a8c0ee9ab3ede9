import * as vscode from 'vscode';
import { CONTEXT_KEYS } from '../../contributions.ts';
import { isForBrowser } from '../../kinds/portProtocol.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import { restartGateway } from '../gateways/openNamespaces.ts';
import { isKey } from '../keyRows.ts';
import { externalAddress } from '../present/externalAddress.ts';
import { forwardName, forwardTarget } from '../present/forwardText.ts';
import { knownPort } from '../present/knownPort.ts';
import { localPortProblem } from '../present/portInput.ts';
import type { Running } from '../present/running.ts';
import { browserUri, gatewayUri, localUri } from './browserAddress.ts';
import { type Command, DELETE_KEY, defineCommand, onRow, onTitle } from './command.ts';
import type { CommandServices } from './commandServices.ts';
import { deleteSavedForwards } from './deleteSavedForwards.ts';
import { showForwards } from './forwardsPick.ts';
import { allRunning, manyRunning, oneForward, oneRunning, showNoForwards } from './running.ts';
import { stopAndOfferUndo, stopNamespaces } from './stopAndOfferUndo.ts';

/** Commands for forwards that run. */
export const FORWARD_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.openInBrowser',
    title: 'Open in Browser',
    icon: 'globe',
    when: CONTEXT_KEYS.hasForwards,
    menus: [
      onRow('clusters', ['http'], '2_forwarded@1'),
      onRow('clusters', ['forwarded', '!http'], '2_forwarded@3'),
      onRow('clusters', ['namesOpen'], '2_forwarded@1'),
      onRow('forwards', ['bound', 'http'], 'inline@1', '1_open@1'),
      onRow('forwards', ['bound', '!http'], '1_open@3'),
    ],
    run: openInBrowser,
  }),
  defineCommand({
    id: 'kubePortForward.copyLocalAddress',
    title: 'Copy Local Address',
    icon: 'copy',
    when: CONTEXT_KEYS.hasForwards,
    menus: [
      onRow('clusters', [['forwarded', 'namesOpen']], '2_forwarded@2'),
      onRow('forwards', ['bound'], 'inline@2', '1_open@2'),
    ],
    run: copyLocalAddress,
  }),
  defineCommand({
    id: 'kubePortForward.stopForward',
    title: 'Stop Forwarding Port',
    icon: 'x',
    when: CONTEXT_KEYS.hasForwards,
    menus: [
      onRow('clusters', [['forwarded', 'namesOpen']], '2_forwarded@4'),
      onRow('forwards', ['running'], 'inline@3', '4_stop'),
    ],
    keys: [DELETE_KEY, { ...DELETE_KEY, view: 'clusters' }],
    shownKeys: [DELETE_KEY],
    run: stopForward,
  }),
  defineCommand({
    id: 'kubePortForward.removeForward',
    title: 'Remove',
    icon: 'x',
    when: false,
    menus: [onRow('forwards', ['failed'], 'inline@3', '4_stop')],
    run: stopForward,
  }),
  defineCommand({
    id: 'kubePortForward.restartForward',
    title: 'Restart Forward',
    icon: 'debug-restart',
    when: CONTEXT_KEYS.hasForwards,
    menus: [
      onRow('forwards', [['forward', 'gateway'], '!bound'], 'inline@1'),
      onRow('forwards', [['forward', 'gateway']], '3_control@1'),
    ],
    run: restartForward,
  }),
  defineCommand({
    id: 'kubePortForward.signIn',
    title: 'Sign In',
    icon: 'sign-in',
    when: false,
    menus: [onRow('forwards', ['signIn'], 'inline@0', '3_control@0')],
    run: restartForward,
  }),
  defineCommand({
    id: 'kubePortForward.changeLocalPort',
    title: 'Change Local Address Port',
    icon: 'edit',
    when: CONTEXT_KEYS.hasForwards,
    menus: [onRow('forwards', ['forward'], '2_change@2')],
    run: changeLocalPort,
  }),
  defineCommand({
    id: 'kubePortForward.setLabel',
    title: 'Set Port Label',
    icon: 'tag',
    when: CONTEXT_KEYS.hasForwards,
    menus: [onRow('forwards', ['forward'], '2_change@1')],
    keys: [{ view: 'forwards', key: 'f2', when: '!isMac' }],
    shownKeys: [
      { view: 'forwards', key: 'f2', when: '!isMac' },
      { view: 'forwards', key: 'enter', when: 'isMac' },
    ],
    run: setLabel,
  }),
  defineCommand({
    id: 'kubePortForward.showForwards',
    title: 'Show Forwarded Ports',
    icon: 'list-unordered',
    run: showForwards,
  }),
  defineCommand({
    id: 'kubePortForward.stopAllForwards',
    title: 'Stop All Forwards',
    icon: 'debug-stop',
    menus: [onTitle('forwards', 'navigation@2', CONTEXT_KEYS.hasForwards)],
    ignoresRow: true,
    run: stopAllForwards,
  }),
];

/**
 * Open in Browser: opens the local URL of a forward or gateway. In a remote window, VS Code makes the address reachable
 * from the user's machine.
 */
async function openInBrowser(services: CommandServices, argument: unknown): Promise<void> {
  const running = await oneRunning(services, vscode.l10n.t('Open in Browser'), argument);
  if (running === undefined) return;
  const uri =
    running.type === 'forward' ? await browserUri(services, running.forward) : gatewayUri(running.gateway);
  if (uri !== undefined) await vscode.env.openExternal(uri);
}

/**
 * Copy Local Address: copies the address of a forward or gateway, such as `localhost:8080`. In a remote window, copies
 * the address at which the user's machine reaches the forward or gateway.
 */
async function copyLocalAddress(services: CommandServices, argument: unknown): Promise<void> {
  const running = await oneRunning(services, vscode.l10n.t('Copy Local Address'), argument);
  const uri = running && uriOf(running);
  if (uri === undefined) return;
  // In a remote window, VS Code usually maps the address to a port of `localhost`. But it may map it to a URL with
  // another domain or with a path, which only a browser can use. In that case, if no browser can open the port, copies
  // the address on the remote machine. A gateway counts as such a port: its services have names below `localhost`,
  // which do not work with another domain.
  const isBrowsable = running?.type === 'forward' && isForBrowser(knownPort(running.forward));
  const text =
    vscode.env.remoteName === undefined
      ? uri.authority
      : externalAddress(isBrowsable, uri, await vscode.env.asExternalUri(uri));
  await vscode.env.clipboard.writeText(text);
}

function uriOf(running: Running): vscode.Uri | undefined {
  return running.type === 'forward' ? localUri(running.forward) : gatewayUri(running.gateway);
}

/**
 * Stop Forwarding Port: stops the forwards and gateways of all selected rows. For a row of a namespace, closes only
 * this namespace if its gateway also serves other namespaces.
 */
async function stopForward(services: CommandServices, argument: unknown, selected: unknown): Promise<void> {
  if (isKey(argument)) return stopKeyRows(services);
  await stopRows(services, argument, selected);
}

async function stopRows(services: CommandServices, argument: unknown, selected: unknown): Promise<void> {
  const rows: readonly unknown[] = Array.isArray(selected) && selected.length > 0 ? selected : [argument];
  const others = await stopNamespaces(services, rows);
  if (others.length === 0) return;
  const title = vscode.l10n.t('Stop Forwarding Port');
  const running = await manyRunning(
    services,
    title,
    others[0],
    others.length === rows.length ? selected : others,
  );
  await stopAndOfferUndo(services, running);
}

/**
 * Delete key. In the Clusters view, does the same as Stop Forwarding Port for the selected rows. In the Forwards view,
 * stops the selected forwards and gateways that run, and deletes the selected saved forwards that do not run.
 */
async function stopKeyRows(services: CommandServices): Promise<void> {
  const nodes = services.clustersTree.takeKeyRows();
  if (nodes.length > 0) return stopRows(services, nodes[0], nodes);
  const rows = services.forwardsTree.takeKeyRows();
  const running = rows.filter((row) => row.type === 'forward' || row.type === 'gateway');
  const saved = rows.flatMap((row) => (row.type === 'saved' ? [row.saved] : []));
  await Promise.all([stopAndOfferUndo(services, running), deleteSavedForwards(services, saved)]);
}

/**
 * Restart, Retry and Sign In: restarts the forwards and gateways of all selected rows, on the same local ports. To get
 * new credentials, the host may run the plugin that the kubeconfig names, and the plugin may ask the user to sign in.
 */
async function restartForward(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const chosen = await manyRunning(services, vscode.l10n.t('Restart Forward'), argument, selected);
  await Promise.all(
    chosen.map((running) =>
      running.type === 'gateway'
        ? restartGateway(services, running.gateway)
        : services.starter.follow(services.forwards.restart(running.forward.id)),
    ),
  );
}

/**
 * Change Local Address Port: moves a forward to another local port. The port comes from a notification button, or the
 * user types it.
 */
async function changeLocalPort(services: CommandServices, argument: unknown, port: unknown): Promise<void> {
  const { l10n } = vscode;
  const forward = await oneForward(services, vscode.l10n.t('Change Local Address Port'), argument);
  if (forward === undefined) return;
  if (typeof port === 'number') {
    return services.starter.follow(services.forwards.changeLocalPort(forward.id, port), forward);
  }
  const text = await vscode.window.showInputBox({
    title: l10n.t('Change Local Address Port: {target}', { target: forwardName(forward) }),
    prompt: l10n.t('New local port'),
    value: forward.localPort === undefined ? '' : String(forward.localPort),
    validateInput: (value) => localPortProblem(l10n, value),
  });
  if (text === undefined || localPortProblem(l10n, text) !== undefined) return;
  if (Number(text) === forward.localPort && forward.state.type === 'ready') return;
  await services.starter.follow(services.forwards.changeLocalPort(forward.id, Number(text)), forward);
}

async function setLabel(services: CommandServices, argument: unknown): Promise<void> {
  const forward = await oneForward(services, vscode.l10n.t('Set Port Label'), argument);
  if (forward !== undefined) await labelForward(services, forward);
}

/**
 * Asks the user for the label of a forward, and sets it. With an empty label, the forward is shown by its target again.
 */
export async function labelForward(services: CommandServices, forward: ForwardSnapshot): Promise<void> {
  const { l10n } = vscode;
  const label = await vscode.window.showInputBox({
    title: l10n.t('Set Port Label: {target}', { target: forwardTarget(forward) }),
    placeHolder: l10n.t('Port label'),
    value: forward.specification.label ?? '',
  });
  if (label !== undefined) await services.forwards.setLabel(forward.id, label.trim());
}

/** Stop All Forwards: stops all forwards and gateways without asking. Then shows their number, and offers Undo. */
async function stopAllForwards(services: CommandServices): Promise<void> {
  const { forwards, gateways } = services;
  const all = allRunning(services);
  gateways.forgetLost();
  if (all.length > 0) return stopAndOfferUndo(services, all, () => forwards.stopAll());
  await forwards.stopAll();
  showNoForwards();
}
