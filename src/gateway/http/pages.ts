import { printable } from '../../base/text.ts';
import type { ServiceSummary } from '../../kinds/gateway.ts';
import { isForBrowser } from '../../kinds/portProtocol.ts';
import type { DeclaredPort } from '../../kinds/ports.ts';
import { escapeHtml } from './answer.ts';

// Renders HTML pages without scripts. Escapes all text that comes from a cluster or from an HTTP request.

const STYLE = `:root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.3rem .8rem .3rem 0;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}
code{font:13px ui-monospace,monospace}h2{margin-top:2rem}`;

/** The content of the page that lists the services. */
export interface IndexPage {
  readonly context: string;
  readonly localPort: number;
  readonly namespaces: readonly {
    readonly name: string;
    /** The reason why services of the namespace are missing on the page or out of date. Optional. */
    readonly error?: string;
    readonly services: readonly ServiceSummary[];
  }[];
}

/** Renders a short page for an error. */
export function errorPage(title: string, text: string, links: readonly Link[] = []): string {
  const list = links.map((link) => `<li>${linkTo(link)}</li>`).join('');
  return page(title, `<h1>${safe(title)}</h1><p>${safe(text)}</p>${list === '' ? '' : `<ul>${list}</ul>`}`);
}

export interface Link {
  /** Undefined for a text that leads nowhere. */
  readonly url: string | undefined;
  readonly text: string;
}

/** Renders the page that lists the services of the served namespaces, with links. */
export function indexPage({ context, localPort, namespaces }: IndexPage): string {
  const parts = namespaces.map(
    ({ name, error, services }) =>
      `<h2>${safe(name)}</h2>${error === undefined ? '' : `<p>${safe(error)}</p>`}` +
      `<table><thead><tr><th scope="col">Service</th><th scope="col">Ports</th><th scope="col">Ready pods</th></tr></thead>` +
      `<tbody>${services.map(serviceRow).join('')}</tbody></table>`,
  );
  const proxy = `http://127.0.0.1:${localPort}`;
  const hint = `<p>Programs can use the names that these services have in the cluster, through the HTTP or SOCKS 5 proxy <code>${proxy}</code>.</p>`;
  return page(context, `<h1>${safe(context)}</h1>${parts.join('')}${hint}`);
}

function serviceRow({ name, url, ports, readyPods, pods, hasSelector }: ServiceSummary): string {
  const links = ports.map((port) => {
    const text = port.name === undefined ? String(port.number) : `${port.name} ${port.number}`;
    return linkTo({ url: isLinked(port) ? port.url : undefined, text });
  });
  const own = ports.filter((port) => port.url === url);
  // A service without a default port has a URL that no port has. This URL leads to a page with links to the ports.
  const isServiceLinked = (own.length === 0 ? ports : own).some(isLinked);
  const service = linkTo({ url: isServiceLinked ? url : undefined, text: name });
  return `<tr><th scope="row">${service}</th><td>${links.join(', ')}</td><td>${hasSelector ? `${readyPods} of ${pods}` : 'no selector'}</td></tr>`;
}

/** Returns false for a port of a protocol that no browser speaks, such as the port of a database. */
export function isLinked({ appProtocol, name, number }: DeclaredPort): boolean {
  return isForBrowser({ appProtocol, name, numbers: [number] });
}

function linkTo({ url, text }: Link): string {
  return url === undefined ? safe(text) : `<a href="${safe(url)}">${safe(text)}</a>`;
}

function page(title: string, body: string): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${safe(title)}</title>` +
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>${body}</body></html>\n`
  );
}

function safe(text: string): string {
  return escapeHtml(printable(text));
}
