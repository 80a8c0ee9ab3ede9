import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The folder of the extension that contains the scripts and styles of webviews. */
const FOLDER = ['dist', 'webview'];

/**
 * Loads a page of `dist/webview` into a webview. The content security policy allows only the page's own script and
 * style, and no network access. So even if text from a local client or a pod contained HTML or scripts, this text could
 * not load or run anything.
 */
export function loadWebviewPage(
  { webview }: { readonly webview: vscode.Webview },
  extension: vscode.Uri,
  name: 'requests' | 'traffic',
): void {
  const folder = vscode.Uri.joinPath(extension, ...FOLDER);
  const script = webview.asWebviewUri(vscode.Uri.joinPath(folder, `${name}.js`));
  const style = webview.asWebviewUri(vscode.Uri.joinPath(folder, `${name}.css`));
  const nonce = randomBytes(16).toString('base64url');
  webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [folder] };
  webview.html = `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<link rel="stylesheet" href="${style}">
</head>
<body>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
