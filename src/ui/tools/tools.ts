import * as vscode from 'vscode';
import { describeError } from '../../base/errors.ts';
import { TOOLS } from '../../contributions.ts';
import { toEntry } from '../api/createApi.ts';
import { toInfo } from '../api/forwardInfo.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForwards } from '../forwards/heldForwards.ts';
import { untilReady } from '../forwards/untilReady.ts';
import { toErrorInfo } from '../host/hostError.ts';
import { errorText } from '../present/errorText.ts';
import {
  startQuestion,
  stopQuestion,
  type ToolQuestion,
  type WantedForward,
} from '../present/toolQuestion.ts';
import type { EntryStarter } from '../saved/entryStarter.ts';
import { type ListTargetsInput, listTargets, type TargetSources } from './listTargets.ts';

export interface ToolServices extends TargetSources {
  readonly forwards: ForwardsModel;
  readonly held: HeldForwards;
  readonly entries: EntryStarter;
}

export type ToolName = (typeof TOOLS)[keyof typeof TOOLS];

/** As the schema of package.json has it, which VS Code checks. */
interface StartInput extends WantedForward {
  readonly localPort?: number;
}

interface StopInput {
  readonly id: string;
}

/** How long a tool may take, milliseconds. */
const LIMIT_MS = 60_000;

/** What the user is asked before a tool changes something. */
export function prepareTool(
  { forwards }: ToolServices,
  name: ToolName,
  input: object,
): vscode.PreparedToolInvocation | undefined {
  const { l10n } = vscode;
  if (name === TOOLS.startForward) return confirmation(startQuestion(l10n, input as StartInput));
  if (name !== TOOLS.stopForward) return undefined;
  const { id } = input as StopInput;
  return confirmation(stopQuestion(l10n, id, forwards.find(id)));
}

/** Runs a tool. What goes wrong is an answer as well. */
export async function invokeTool(
  services: ToolServices,
  name: ToolName,
  input: object,
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
  input: object,
  signal: AbortSignal,
): Promise<unknown> {
  const { forwards } = services;
  switch (name) {
    case TOOLS.listTargets:
      return listTargets(services, input as ListTargetsInput, signal);
    case TOOLS.listForwards:
      return forwards.forwards.map((forward) => toInfo(vscode.l10n, forward));
    case TOOLS.startForward:
      return start(services, input as StartInput, signal);
    case TOOLS.stopForward: {
      const { id } = input as StopInput;
      await forwards.stop(id);
      return { stopped: id };
    }
  }
}

/** In a context that is known, on loopback, whatever the agent says. */
async function start(
  { forwards, held, entries }: ToolServices,
  input: StartInput,
  signal: AbortSignal,
): Promise<unknown> {
  const started = await held.hold(
    await entries.specification(toEntry(input), false),
    { kind: 'tool' },
    signal,
  );
  const forward = await untilReady(forwards, () => started.current, signal).catch(() => started.current);
  return forward === undefined ? { state: 'stopped' } : toInfo(vscode.l10n, forward);
}

function confirmation({ title, text }: ToolQuestion): vscode.PreparedToolInvocation {
  // As text, in which nothing is Markdown.
  return { confirmationMessages: { title, message: new vscode.MarkdownString().appendText(text) } };
}

function result(value: unknown): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(value))]);
}
