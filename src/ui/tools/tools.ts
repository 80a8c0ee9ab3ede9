import * as vscode from 'vscode';
import { raceAbort } from '../../base/async.ts';
import { CodedError, describeError } from '../../base/errors.ts';
import { TOOLS } from '../../contributions.ts';
import type { ForwardSpecification } from '../../rpc/forwardsContract.ts';
import type { Holder } from '../../rpc/holdersContract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import { toInfo } from '../api/forwardInfo.ts';
import { toEntry } from '../api/readRequest.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForwards } from '../forwards/holds.ts';
import { checkHeld, releaseHolds } from '../forwards/releaseHolds.ts';
import { untilReady } from '../forwards/untilReady.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { errorText } from '../present/errorText.ts';
import { snapshotOf } from '../present/running.ts';
import { startQuestion, stopQuestion, type ToolQuestion } from '../present/toolQuestion.ts';
import { usersText } from '../present/usersText.ts';
import type { RequestsModel } from '../requests/requestsModel.ts';
import { listRequests } from './listRequests.ts';
import { listTargets } from './listTargets.ts';
import { listNames, type NameServices, openNamespace, questionOfOpen } from './names.ts';
import {
  readListRequestsInput,
  readListTargetsInput,
  readNoInput,
  readOpenNamespaceInput,
  readStartInput,
  readStopInput,
  type StartInput,
} from './toolInput.ts';

export interface ToolServices extends NameServices {
  readonly forwards: ForwardsModel;
  readonly held: HeldForwards;
  readonly requests: RequestsModel;
  readonly gateways: GatewaysModel;
}

export type ToolName = (typeof TOOLS)[keyof typeof TOOLS];

/**
 * The time limit of one call of a tool, in milliseconds. After this time, the call ends with an error, or with the
 * state of a forward or namespace that is not ready yet.
 */
const LIMIT_MS = 60_000;

/**
 * Returns the question that the user must confirm before a tool changes something. Undefined if the tool only reads.
 * @throws Error if the question cannot be asked, for example because another program is just writing the kubeconfig
 *   that contains the context. VS Code then gives the message to the agent and does not run the tool. If this function
 *   returned undefined instead, VS Code would run the tool without asking the user, and the tool could succeed
 */
export async function prepareTool(
  services: ToolServices,
  name: ToolName,
  input: unknown,
): Promise<vscode.PreparedToolInvocation | undefined> {
  try {
    return confirmation(await questionOf(services, name, input));
  } catch (error) {
    throw new Error(errorText(vscode.l10n, toErrorInfo(error)));
  }
}

async function questionOf(
  services: ToolServices,
  name: ToolName,
  input: unknown,
): Promise<ToolQuestion | undefined> {
  if (name === TOOLS.startForward) return questionOfStart(services, readStartInput(input));
  if (name === TOOLS.stopForward) return questionOfStop(services, readStopInput(input));
  if (name === TOOLS.openNamespace) return questionOfOpen(services, readOpenNamespaceInput(input));
  return undefined;
}

/** Runs a tool. Does not throw: an error becomes the result, which the agent reads. */
export async function invokeTool(
  services: ToolServices,
  name: ToolName,
  input: unknown,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  const cancelled = new AbortController();
  const subscription = token.onCancellationRequested(() => cancelled.abort());
  const signal = AbortSignal.any([cancelled.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    return result(await run(services, name, input, signal));
  } catch (error) {
    const text = signal.aborted ? describeError(error) : errorText(vscode.l10n, toErrorInfo(error));
    return result({ error: text });
  } finally {
    subscription.dispose();
  }
}

async function run(
  services: ToolServices,
  name: ToolName,
  input: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  switch (name) {
    case TOOLS.listTargets:
      return listTargets(services, readListTargetsInput(input), signal);
    case TOOLS.listForwards:
      readNoInput(input);
      return services.forwards.all.map((forward) => toInfo(vscode.l10n, forward));
    case TOOLS.startForward:
      return start(services, readStartInput(input), signal);
    case TOOLS.stopForward:
      return raceAbort(stop(services, readStopInput(input)), signal);
    case TOOLS.listRequests:
      return raceAbort(listRequests(services, readListRequestsInput(input)), signal);
    case TOOLS.listNames:
      readNoInput(input);
      return listNames(services);
    case TOOLS.openNamespace:
      return openNamespace(services, readOpenNamespaceInput(input), signal);
  }
}

/**
 * Starts a forward on the loopback interface, waits until the forward is ready, and returns its state. If the forward
 * fails, is stopped, or is not ready when the signal is aborted, returns its last state, and releases the forward: the
 * forward then ends unless it has other users.
 * @throws the signal's reason if the signal is aborted before the forward is ready or has a first error
 */
async function start(services: ToolServices, input: StartInput, signal: AbortSignal): Promise<unknown> {
  const { forwards, held } = services;
  const specification = await raceAbort(specificationOf(services, input), signal);
  const started = await held.hold(specification, { kind: 'tool' }, signal);
  const read = () => started.current;
  const forward = await untilReady(forwards, read, signal).catch(read);
  const info = forward === undefined ? { state: 'stopped' } : toInfo(vscode.l10n, forward);
  if (forward?.state.type !== 'ready') await started.release();
  return info;
}

async function stop(services: ToolServices, id: string): Promise<unknown> {
  const { model, held, running } = findRunning(services, id);
  const { holders } = snapshotOf(running);
  if (hasOnlyWindowHolders(holders)) {
    await model.stop(id);
    return { stopped: id };
  }
  const others = otherUsers(model, holders);
  await releaseHolds(held, 'tool', id, running);
  return others.length === 0 ? { stopped: id } : { stopped: false, usedBy: usersText(vscode.l10n, others) };
}

async function questionOfStart(services: ToolServices, input: StartInput): Promise<ToolQuestion> {
  const specification = await specificationOf(services, input);
  const { target, localPort } = specification;
  const row = services.contexts.find(target.context);
  return startQuestion(vscode.l10n, { ...input, cluster: row?.cluster ?? '', localPort });
}

/**
 * Returns the question that the user must confirm before a tool stops a forward or gateway.
 * @throws CodedError if the tool would not stop the forward or gateway, even if the user confirmed
 */
function questionOfStop(services: ToolServices, id: string): ToolQuestion {
  const { model, held, running } = findRunning(services, id);
  const { holders } = snapshotOf(running);
  if (hasOnlyWindowHolders(holders)) return stopQuestion(vscode.l10n, running, []);
  checkHeld(held, 'tool', running);
  return stopQuestion(vscode.l10n, running, otherUsers(model, holders));
}

function specificationOf({ entries }: ToolServices, input: StartInput): Promise<ForwardSpecification> {
  return entries.specification(toEntry(input));
}

/**
 * Returns the forward or gateway with this id (`running`), the list that contains it (`model`), and an object with the
 * forwards or gateways that tasks, extensions and tools of this window use (`held`).
 * @throws CodedError `FORWARD_NOT_FOUND`
 */
function findRunning({ forwards, held, gateways, heldGateways }: ToolServices, id: string) {
  const gateway = gateways.find(id);
  if (gateway !== undefined) {
    return { model: gateways, held: heldGateways, running: { type: 'gateway', gateway } } as const;
  }
  const forward = forwards.find(id);
  if (forward === undefined) throw new CodedError('FORWARD_NOT_FOUND', { id });
  return { model: forwards, held, running: { type: 'forward', forward } } as const;
}

/**
 * Returns true if no task, extension, terminal or chat agent uses (holds) the forward or gateway, so that all its users
 * are persons who started it in a window. A tool may then stop the forward or gateway for all users, because the user
 * of this window must confirm the call. Otherwise, the tool only ends the use by the chat agents of this window.
 */
function hasOnlyWindowHolders(holders: readonly Holder[]): boolean {
  return holders.every(({ kind }) => kind === 'window');
}

/** Returns the holders (users) that remain after {@link releaseHolds} has released the chat agents of this window. */
function otherUsers(
  { holders: own }: ForwardsModel | GatewaysModel,
  holders: readonly Holder[],
): readonly Holder[] {
  return holders.filter(({ id, kind }) => kind !== 'tool' || !own.has(id));
}

function confirmation(question: ToolQuestion | undefined): vscode.PreparedToolInvocation | undefined {
  if (question === undefined) return undefined;
  const { title, text } = question;
  // `appendText` escapes Markdown, because the names in the text come from the agent.
  return { confirmationMessages: { title, message: new vscode.MarkdownString().appendText(text) } };
}

function result(value: unknown): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(value))]);
}
