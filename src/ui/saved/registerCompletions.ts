import * as vscode from 'vscode';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { SavedForwards } from './savedForwards.ts';

/** The files that can contain saved forwards, or tasks that name them. */
const FILES = ['**/tasks.json', '**/settings.json', '**/*.code-workspace'];

/**
 * Registers completions for names of saved forwards and contexts. Loads the code of the provider only when a completion
 * is first requested, so that the extension starts fast.
 */
export function registerCompletions(services: {
  readonly saved: SavedForwards;
  readonly contexts: ContextsModel;
}): vscode.Disposable {
  return vscode.languages.registerCompletionItemProvider(
    FILES.map((pattern) => ({ language: 'jsonc', pattern })),
    {
      provideCompletionItems: async (document, position) => {
        const { provideCompletions } = await import('../later.ts');
        return provideCompletions(services, document, position);
      },
    },
    '"',
  );
}
