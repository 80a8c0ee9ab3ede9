import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.ts';
import { ICON_COLORS, type RowDecoration } from './present/row.ts';

const SCHEME = 'kube-port-forward-row';

const COLORS: Record<RowDecoration, string> = {
  forwarded: ICON_COLORS.forwarded,
  disconnected: ICON_COLORS.pending,
};

/** The URI by which VS Code asks for the color of a row. VS Code caches colors by URI, so each state has its own. */
export function decorationUri(id: string, decoration: RowDecoration): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, authority: decoration, path: `/${encodeURIComponent(id)}` });
}

/** Colours the rows of forwarded targets by the state of their forwards. */
export function registerRowDecorations(): Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration({ scheme, authority }) {
      if (scheme !== SCHEME || !(authority in COLORS)) return undefined;
      const color = new vscode.ThemeColor(COLORS[authority as RowDecoration]);
      const tooltip =
        authority === 'forwarded' ? vscode.l10n.t('forwarded') : vscode.l10n.t('forwarded, not connected');
      return { color, tooltip };
    },
  });
}
