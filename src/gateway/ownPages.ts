import type { CodedError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { reasonForNoUrl, type ServiceSummary } from '../kinds/gateway.ts';
import { serviceName } from '../kinds/localhostName.ts';
import type { Destination } from './dispatcher.ts';
import { type GatewayAnswer, wantsPage } from './http/answer.ts';
import { errorPage, indexPage, isLinked, type Link } from './http/pages.ts';
import type { RequestHead } from './http/requestHead.ts';
import { normalizeHost, readName } from './names.ts';
import { refusalOf } from './refusal.ts';

/** The facts about a gateway that its pages show. */
export interface ShownGateway {
  readonly context: string;
  readonly slug: string;
  readonly localPort: number | undefined;
  readonly namespaces: readonly { readonly name: string; readonly error?: CodedError }[];
  readonly namespaceNames: readonly string[];
  readonly services: readonly ServiceSummary[];
}

/** The gateway's own pages: the list of services, and the reasons for refused requests. */
export class OwnPages {
  readonly #gateway: ShownGateway;

  constructor(gateway: ShownGateway) {
    this.#gateway = gateway;
  }

  readonly ownPage = (head: RequestHead): GatewayAnswer => {
    const { context, localPort = 0, namespaces, services } = this.#gateway;
    if (head.method !== 'GET' && head.method !== 'HEAD') {
      return { status: 405, headers: { Allow: 'GET, HEAD' }, contentType: 'text/plain', body: 'Use GET.\n' };
    }
    if (!/^\/(\?|$)/.test(head.target)) {
      return {
        status: 404,
        contentType: 'text/plain',
        body: 'Not found. The list of services is at /.\n',
      };
    }
    if (!wantsPage(head)) {
      const lines = services.map(
        (service) =>
          `${printable(`${serviceName(service)} ${service.url ?? `- (${reasonForNoUrl(service)})`}`)}\n`,
      );
      return answer(head, 200, 'text/plain', lines.join(''));
    }
    const parts = namespaces.map(({ name, error }) => ({
      name,
      ...(error && { error: error.message }),
      services: services.filter(({ namespace }) => namespace === name),
    }));
    return answer(head, 200, 'text/html', indexPage({ context, localPort, namespaces: parts }));
  };

  readonly refusalPage = (
    error: CodedError,
    head: RequestHead,
    destination: Destination | undefined,
  ): GatewayAnswer => {
    const { status } = refusalOf(error);
    const text = printable(error.message);
    if (!wantsPage(head)) return answer(head, status, 'text/plain', `${text}\n`);
    const links =
      error.code === 'PORT_NOT_CHOSEN' && destination !== undefined
        ? this.#ports(destination, pathOf(head))
        : [];
    return answer(head, status, 'text/html', errorPage(TITLES[status] ?? 'Not available', text, links));
  };

  /**
   * Returns the TCP ports of the requested service, with links to those that a browser may open. For the error page of
   * a request that names no port.
   * @param path the path and query of the links
   */
  #ports({ host }: Destination, path: string): readonly Link[] {
    const { localPort = 0 } = this.#gateway;
    const { service, isPod } = this.#requested(host) ?? {};
    return (service?.ports ?? []).flatMap((port) => {
      const { name, number, url } = port;
      if (url === undefined) return [];
      const origin = isPod ? `http://p${number}.${normalizeHost(host)}:${localPort}` : new URL(url).origin;
      const text = name === undefined ? String(number) : `${name} ${number}`;
      return [{ url: isLinked(port) ? origin + path : undefined, text }];
    });
  }

  /** Finds the service that a name without a port means, and whether the name means one pod of this service. */
  #requested(host: string) {
    const { slug, namespaceNames, services } = this.#gateway;
    const readings = readName(normalizeHost(host), { namespaces: namespaceNames, slug });
    // In `web.shop`, a service `shop` in the namespace `shop` is more common than a pod `web` of this service. So tries
    // the services before the pods, because the pods are not known here.
    for (const type of ['service', 'pod'] as const) {
      for (const reading of readings) {
        if (reading.type !== type || reading.port !== undefined) continue;
        const { namespace, service: name } = reading;
        const service = services.find((each) => each.namespace === namespace && each.name === name);
        if (service !== undefined) return { service, isPod: type === 'pod' };
      }
    }
    return undefined;
  }
}

/**
 * Returns the path and query of a request, for a link that repeats the request: `/api/pod?all`. Returns `/` if the
 * method is not GET or HEAD, because a link repeats only these. Encodes all characters that are not visible ASCII.
 */
function pathOf({ method, target }: RequestHead): string {
  if (method !== 'GET' && method !== 'HEAD') return '/';
  const [, path = ''] = /^(?:http:\/\/[^/?#]*)?([^#]*)/i.exec(target) ?? [];
  // The head was read as Latin-1, so each character of the target is one byte.
  const encoded = path.replace(/[^!-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return encoded.startsWith('/') ? encoded : `/${encoded}`;
}

const TITLES: Readonly<Record<number, string>> = {
  403: 'Not allowed',
  300: 'Choose a port',
  503: 'No ready pod',
  504: 'No response',
};

function answer(
  head: RequestHead,
  status: number,
  contentType: GatewayAnswer['contentType'],
  body: string,
): GatewayAnswer {
  return { status, contentType, body: head.method === 'HEAD' ? '' : body };
}
