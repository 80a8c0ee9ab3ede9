import * as vscode from 'vscode';
import type { RowPresentation } from './present/row.ts';
import { decorationUri } from './rowDecorations.ts';

/** A row as a VS Code tree item. {@link resolveTooltip} adds the tooltip on hover. */
export function toTreeItem(
  id: string,
  row: RowPresentation,
  collapsibleState: vscode.TreeItemCollapsibleState,
): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, collapsibleState);
  item.id = id;
  if (row.description !== undefined && row.description !== '') item.description = row.description;
  if (row.icon !== undefined) {
    const color = row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color);
    item.iconPath = new vscode.ThemeIcon(row.icon.id, color);
  }
  if (row.decoration !== undefined) item.resourceUri = decorationUri(id, row.decoration);
  item.contextValue = row.flags.join(' ');
  if (row.command !== undefined) item.command = { command: row.command, title: row.accessibleName };
  item.accessibilityInformation = { label: row.accessibleName };
  return item;
}

/** The tooltip as plain text: VS Code reads Markdown only from a `MarkdownString`. */
export function resolveTooltip(item: vscode.TreeItem, row: RowPresentation): vscode.TreeItem {
  item.tooltip = row.tooltip ?? row.accessibleName;
  return item;
}
