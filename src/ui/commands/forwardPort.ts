import * as vscode from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import { runForwardPortFlow } from '../prompts/forwardPortFlow.ts';
import type { CommandServices } from './commandServices.ts';

/** Forward a Port...: asks for context, namespace, target and port. */
export async function forwardPort(services: CommandServices): Promise<void> {
  const state = await services.contexts.load();
  if (state.type === 'failed') return services.messages.showErrorInfo(state.error);
  if (services.contexts.contexts.length === 0) return offerCluster();
  await runForwardPortFlow(services, services.starter, services.memory);
}

async function offerCluster(): Promise<void> {
  const { l10n } = vscode;
  const choose = l10n.t('Choose Kubeconfig...');
  const demo = l10n.t('Start Demo Cluster');
  const answer = await vscode.window.showInformationMessage(
    l10n.t('No Kubernetes contexts found.'),
    choose,
    demo,
  );
  if (answer === choose) await vscode.commands.executeCommand(COMMANDS.chooseKubeconfig);
  if (answer === demo) await vscode.commands.executeCommand(COMMANDS.startDemoCluster);
}
