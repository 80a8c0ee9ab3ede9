import * as vscode from 'vscode';
import { SETTINGS_SECTION } from '../../contributions.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import { completionPlace } from './completionPlace.ts';
import type { SavedForwards } from './savedForwards.ts';
import { entryTarget } from './savedRows.ts';

/**
 * Returns the completions at a position: names of saved forwards, or contexts that the window knows. Starts no host
 * and contacts no cluster.
 */
export function provideCompletions(
  { saved, contexts }: { readonly saved: SavedForwards; readonly contexts: ContextsModel },
  document: vscode.TextDocument,
  position: vscode.Position,
): vscode.CompletionItem[] {
  if (!document.getText().includes(SETTINGS_SECTION)) return [];
  const place = completionPlace(document.getText(new vscode.Range(new vscode.Position(0, 0), position)));
  if (place === undefined) return [];
  const range = new vscode.Range(document.positionAt(place.start), position);
  const toItem = (label: string, detail: string): vscode.CompletionItem => {
    const item = new vscode.CompletionItem(label, vscode.CompletionItemKind.Value);
    return Object.assign(item, {
      ...{ detail, range },
      insertText: place.isQuoted ? JSON.stringify(label).slice(1, -1) : JSON.stringify(label),
    });
  };
  return place.type === 'savedName'
    ? saved.forwards.map(({ entry }) => toItem(entry.name, entryTarget(vscode.l10n, entry)))
    : contexts.contexts.map(({ context, cluster }) => toItem(context, cluster));
}
