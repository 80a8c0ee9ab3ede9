import * as vscode from 'vscode';
import type { DeclaredPort } from '../../kinds/ports.ts';
import { formatTarget, readTarget } from '../../kinds/target.ts';
import {
  type ContextReference,
  type ContextRow,
  isSameContext,
  type TargetReference,
  type ViewScope,
  type ViewSnapshot,
} from '../../rpc/clustersContract.ts';
import { compareNames, type TargetRow, targetKey } from '../clusters/clusterNodes.ts';
import { PAGE_SIZE } from '../clusters/clustersModel.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { RememberedNamespaces } from '../clusters/rememberedNamespaces.ts';
import type { ViewSubscriptions } from '../clusters/viewSubscriptions.ts';
import { groupName } from '../present/clusterRows.ts';
import { errorText } from '../present/errorText.ts';
import { presentPickedTarget } from '../present/targetRows.ts';
import { labelText } from '../present/untrusted.ts';
import { readSetting } from '../settings.ts';
import { type Answer, type PickItem, pick } from './quickPick.ts';

export interface PickSources {
  readonly contexts: ContextsModel;
  readonly views: ViewSubscriptions;
  readonly remembered: RememberedNamespaces;
}

export interface PickedTarget {
  readonly target: TargetReference;
  readonly ports: readonly DeclaredPort[];
}

type TargetsScope = Exclude<ViewScope, { type: 'namespaces' }>;
const TARGET_SCOPES: readonly TargetsScope['type'][] = ['services', 'workloads', 'pods'];

/**
 * The prefix of the keys by which quick picks open views. A view is a list of objects, such as the pods of a namespace,
 * that the host keeps up to date for this window ({@link ViewSubscriptions}). The Clusters view opens its lists by keys
 * without this prefix. With the same key, a quick pick would change a list that the Clusters view shows.
 */
const PICK_KEY = '\u0000pick';

export async function pickContext(
  contexts: readonly ContextRow[],
  last: ContextReference | undefined,
  title: string,
): Promise<Answer<ContextRow>> {
  const { l10n } = vscode;
  return pick<ContextRow>({
    title,
    placeholder: l10n.t('Choose a context'),
    load: (show) => {
      const items = contexts.map((row) => ({
        label: labelText(row.context),
        description: row.isCurrent ? l10n.t('current') : '',
        iconPath: new vscode.ThemeIcon('server-environment'),
        value: row,
      }));
      show(items, false);
      return undefined;
    },
    isActive: (row) => (last === undefined ? row.isCurrent : isSameContext(row, last)),
  });
}

export async function pickNamespace(
  { views, remembered }: PickSources,
  context: ContextRow,
  last: string | undefined,
  { title, canGoBack }: { readonly title: string; readonly canGoBack: boolean },
): Promise<Answer<string>> {
  const { l10n } = vscode;
  const known = [context.namespace, ...readSetting('namespaces'), ...remembered.of(context)];
  return pick<string>({
    title: `${title}: ${labelText(context.context)}`,
    placeholder: l10n.t('Choose a namespace'),
    canGoBack,
    load: (show) =>
      watch(views, [{ type: 'namespaces', context: referenceOf(context) }], ([snapshot]) => {
        const listed = snapshot?.rows.map((row) => row.name) ?? [];
        // If namespaces cannot be listed, for example without permission, the quick pick also offers the namespaces
        // that the window knows: from the kubeconfig, from the settings, and those that the user entered.
        const names =
          snapshot?.error === undefined ? listed : [...new Set([...listed, ...known])].sort(compareNames);
        show(
          [
            ...names.map((name) => ({
              label: labelText(name),
              description: name === context.namespace ? l10n.t('current') : '',
              iconPath: new vscode.ThemeIcon('folder'),
              value: name,
            })),
            ...errorItem(snapshot),
          ],
          snapshot?.isLoaded !== true && snapshot?.error === undefined,
        );
      }),
    isActive: (name) => name === (last ?? context.namespace),
  });
}

/**
 * Asks for a service, workload or pod. The list shows at most {@link PAGE_SIZE} objects of each type. If there are more
 * objects of a type, the host filters all of them as the user types, so that the user also finds objects that the list
 * does not show.
 */
export async function pickNamespaceTarget(
  { views }: PickSources,
  context: ContextReference,
  namespace: string,
  last: TargetReference | undefined,
): Promise<Answer<PickedTarget>> {
  const { l10n } = vscode;
  const args = { context: labelText(context.context), namespace: labelText(namespace) };
  let typed = '';
  let showAgain = (): void => {};
  const scopes = TARGET_SCOPES.map((type) => ({ type, context, namespace, limit: PAGE_SIZE }) as const);
  const filter = hostFilter(views, scopes);
  return pick<PickedTarget>({
    title: l10n.t('Forward a Port: {context} / {namespace}', args),
    placeholder: l10n.t('Choose a service, workload or pod, or enter TYPE/NAME or -l SELECTOR'),
    canGoBack: true,
    load: (show) =>
      watch(views, scopes, (snapshots) => {
        showAgain = () => {
          filter(snapshots, typed);
          const found = TARGET_SCOPES.flatMap((type, index) =>
            targetItems(context, namespace, type, snapshots[index]),
          );
          const isBusy = snapshots.some((one) => one?.isLoaded !== true && one?.error === undefined);
          show([...typedItems(context, namespace, typed), ...found], isBusy);
        };
        showAgain();
      }),
    onDidChangeValue: (text) => {
      typed = text.trim();
      showAgain();
    },
    isActive: ({ target }) => last !== undefined && targetKey(target) === targetKey(last),
  });
}

/**
 * Returns a function that lets the host filter the objects by the text that the user typed. The host filters only lists
 * that are too long to be sent completely. VS Code filters all other lists itself, and finds more: the host compares
 * only names, but the text may also be part of a kind, a status or a port.
 */
function hostFilter(views: ViewSubscriptions, scopes: readonly TargetsScope[]) {
  /**
   * The lists from which the host has left out rows although the number of rows is within the limit, because the rows
   * are too large for one message.
   */
  const large = new Set<TargetsScope>();
  return (snapshots: readonly (ViewSnapshot | undefined)[], typed: string): void => {
    for (const [index, scope] of scopes.entries()) {
      const { total = 0, matching = 0, rows = [] } = snapshots[index] ?? {};
      if (rows.length < Math.min(matching, PAGE_SIZE)) large.add(scope);
      const isFiltered = typed !== '' && (total > PAGE_SIZE || large.has(scope));
      views.open(`${PICK_KEY} ${index}`, isFiltered ? { ...scope, filter: typed } : scope);
    }
  };
}

/**
 * Returns the two fields that identify a context, without the other fields of a `ContextRow`, because requests to the
 * host contain only the two fields.
 */
export function referenceOf({ kubeconfig, context }: ContextReference): ContextReference {
  return { kubeconfig, context };
}

/**
 * Opens a view (see {@link PICK_KEY}) for each scope, which says what the view lists. Calls `show` at once and after
 * each change, with the snapshots of all views. A snapshot is undefined until the host has sent it. Disposing of the
 * result closes the views.
 */
function watch(
  views: ViewSubscriptions,
  scopes: readonly ViewScope[],
  show: (snapshots: readonly (ViewSnapshot | undefined)[]) => void,
): vscode.Disposable {
  const keys = scopes.map((_, index) => `${PICK_KEY} ${index}`);
  const update = (): void => show(keys.map((key) => views.snapshot(key)));
  const subscription = views.onDidChange((key) => {
    if (keys.includes(key)) update();
  });
  for (const [index, scope] of scopes.entries()) views.open(`${PICK_KEY} ${index}`, scope);
  update();
  return {
    dispose() {
      subscription.dispose();
      for (const key of keys) views.close(key);
    },
  };
}

/**
 * Returns an item for the target that the user typed, such as `replicaset/web`, or no item if the text is not a target.
 * The item is needed because the list itself shows only services, workloads and pods.
 */
function typedItems(
  context: ContextReference,
  namespace: string,
  text: string,
): readonly PickItem<PickedTarget>[] {
  const target = /^-l|\//.test(text) ? readTarget(text) : undefined;
  if (target === undefined) return [];
  return [
    {
      label: labelText(formatTarget(target)),
      description: vscode.l10n.t('Forward to this target'),
      alwaysShow: true,
      value: { target: { context, namespace, ...target }, ports: [] },
    },
  ];
}

function targetItems(
  context: ContextReference,
  namespace: string,
  type: TargetsScope['type'],
  snapshot: ViewSnapshot | undefined,
): readonly PickItem<PickedTarget>[] {
  const rows = snapshot?.rows.filter((row): row is TargetRow => row.type !== 'namespace') ?? [];
  if (rows.length === 0 && snapshot?.error === undefined) return [];
  return [
    { label: groupName(vscode.l10n, type), kind: vscode.QuickPickItemKind.Separator },
    ...rows.map((row): PickItem<PickedTarget> => {
      const kind = row.type === 'workload' ? row.kind : row.type;
      const target: TargetReference = { context, namespace, kind, name: row.name };
      const { icon, description, problem } = presentPickedTarget(vscode.l10n, row);
      const color = icon.color === undefined ? undefined : new vscode.ThemeColor(icon.color);
      return {
        key: targetKey(target),
        label: labelText(row.name),
        description: labelText(description),
        iconPath: new vscode.ThemeIcon(icon.id, color),
        // Leaves out the value if the target cannot be forwarded: users cannot choose an item without a value.
        ...(problem === undefined && { value: { target, ports: row.ports } }),
      };
    }),
    ...errorItem(snapshot),
  ];
}

/** Returns an item with the error if objects could not be listed. Users cannot choose this item. */
function errorItem(snapshot: ViewSnapshot | undefined): readonly PickItem<never>[] {
  if (snapshot?.error === undefined) return [];
  return [
    {
      label: labelText(errorText(vscode.l10n, snapshot.error)),
      iconPath: new vscode.ThemeIcon('error'),
      alwaysShow: true,
    },
  ];
}
