import { statusColumn } from '../api/tableColumns.ts';
import type { Pod } from '../objects/types.ts';

/** Renders the start page of a pod's web server. The page shows that a forward works, and which pod answers. */
export function renderPage(pod: Pod, port: number): string {
  const { name, namespace = '' } = pod.metadata;
  const rows = [
    ['Pod', name],
    ['Namespace', namespace],
    ['Port', String(port)],
    ['Pod IP', pod.status.podIP ?? ''],
    ['Node', pod.spec.nodeName ?? ''],
    ['Status', statusColumn(pod)],
    ['Image', pod.spec.containers[0]?.image ?? ''],
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)}</title>
<style>${STYLE}</style>
<main>
<p class="badge">Kubernetes Port Forward · demo cluster</p>
<h1>Hello from <code>${escapeHtml(name)}</code></h1>
<p>This page came from a pod, through a tunnel, to a port on your machine.</p>
<dl>${rows.map(([term = '', value = '']) => `<div><dt>${term}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>
<p class="links">Also here: <a href="/api/pod">/api/pod</a> <a href="/api/time">/api/time</a>
<a href="/api/headers">/api/headers</a> <a href="/bytes?n=1000">/bytes?n=1000</a> <a href="/status/500">/status/500</a></p>
</main>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --accent: #326ce5; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.5 system-ui, sans-serif; }
main { width: min(34rem, 88vw); padding: 2rem 0; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; }
code { color: var(--accent); font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.badge { display: inline-block; margin: 0; padding: .15rem .7rem; border-radius: 1rem; background: var(--accent);
  color: #fff; font-size: .8rem; }
dl { margin: 1.5rem 0; border-top: 1px solid var(--line); }
dl div { display: flex; gap: 1rem; padding: .45rem 0; border-bottom: 1px solid var(--line); }
dt { flex: 0 0 7rem; opacity: .7; }
dd { margin: 0; font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.links a { color: var(--accent); margin-right: .6rem; }
`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
