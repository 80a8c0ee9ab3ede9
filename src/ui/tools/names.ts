import * as vscode from 'vscode';
import { raceAbort } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { serviceName } from '../../kinds/localhostName.ts';
import { isStopped } from '../../kinds/stopped.ts';
import type { GatewayService, GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import type { HeldGateways } from '../forwards/holds.ts';
import { untilReady } from '../forwards/untilReady.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { type NamesState, namesState } from '../gateways/untilNamesReady.ts';
import { errorText } from '../present/errorText.ts';
import { nameUrl } from '../present/gatewayText.ts';
import { openQuestion, type ToolQuestion } from '../present/toolQuestion.ts';
import type { EntryStarter } from '../saved/entryStarter.ts';
import type { TargetSources } from './listTargets.ts';
import type { OpenNamespaceInput } from './toolInput.ts';

export interface NameServices extends TargetSources {
  readonly entries: EntryStarter;
  readonly gateways: GatewaysModel;
  readonly heldGateways: HeldGateways;
}

/**
 * The maximum number of services in the result for a gateway. It is small, because an agent reads the whole result. If
 * there are more services, `omitted` says how many are missing.
 */
const LIMIT = 200;

/** Lists the gateways, each with its namespaces and the addresses of its services. */
export function listNames({ gateways }: NameServices): unknown {
  return gateways.all.filter(({ state }) => !isStopped(state.type)).map(toInfo);
}

/**
 * Opens a namespace in a gateway, and waits until programs can connect to the services of the namespace. If the
 * namespace has failed, was closed, or is not ready when the signal is aborted, releases the namespace, which closes
 * unless it has other users. Then returns why the namespace is not ready.
 * @throws the signal's reason if the signal is aborted before the gateway is ready or has a first error
 */
export async function openNamespace(
  { entries, gateways, heldGateways }: NameServices,
  input: OpenNamespaceInput,
  signal: AbortSignal,
): Promise<unknown> {
  const { namespace } = input;
  const wanted = await raceAbort(entries.namespaces({ ...input, name: namespace, proxy: true }), signal);
  const held = await heldGateways.hold(wanted, { kind: 'tool' }, signal);
  const read = () => held.current && { state: namesState(held.current, namespace) };
  const now = await untilReady(gateways, read, signal).catch(read);
  const { current } = held;
  if (now?.state.type === 'ready' && current !== undefined) return toInfo(current);
  await held.release();
  const error = now && reasonOf(now.state);
  return {
    state: now?.state.type ?? 'stopped',
    ...(error && { error: { code: error.code, message: errorText(vscode.l10n, error) } }),
  };
}

/**
 * Returns the question that the user must confirm before a tool opens a namespace.
 * @throws CodedError if the tool would fail with this input
 */
export async function questionOfOpen(
  { entries, contexts }: NameServices,
  input: OpenNamespaceInput,
): Promise<ToolQuestion> {
  const { context } = await entries.namespaces({ ...input, name: input.namespace, proxy: true });
  const cluster = contexts.find(context)?.cluster ?? '';
  return openQuestion(vscode.l10n, { ...input, cluster });
}

function reasonOf(state: NamesState): ErrorInfo | undefined {
  return 'error' in state ? state.error : 'waiting' in state ? state.waiting : undefined;
}

function toInfo(gateway: GatewaySnapshot): unknown {
  const { specification, state, localPort, url, proxyUrl, socksUrl, namespaces, services } = gateway;
  return {
    id: gateway.id,
    state: state.type,
    context: specification.context.context,
    namespaces: namespaces.map(({ name, error }) => ({
      namespace: name,
      ...(error && { error: { code: error.code, message: errorText(vscode.l10n, error) } }),
    })),
    ...defined({ localPort, url, httpProxy: proxyUrl, socksProxy: socksUrl }),
    services: services.slice(0, LIMIT).map(toService),
    omitted: Math.max(0, services.length - LIMIT),
  };
}

function toService(service: GatewayService): unknown {
  const { hasSelector, ports, readyPods, pods } = service;
  const numbers = ports.filter(({ protocol }) => protocol === 'TCP').map(({ number }) => number);
  const url = nameUrl(service);
  return {
    ...{ name: serviceName(service), ...defined({ url }), hasSelector },
    ...{ ports: hasSelector ? numbers : [], readyPods, pods },
  };
}
