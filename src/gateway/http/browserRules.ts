import { isLoopback } from '../../base/address.ts';
import type { CodedError } from '../../base/errors.ts';
import { refused } from '../headReader.ts';
import { isLocalhostName, normalizeHost } from '../names.ts';
import { isUpgrade, type RequestHead, singleHeader } from './requestHead.ts';

/**
 * The values of `Sec-Fetch-Dest` (Fetch Metadata) which say that a page embeds the response. A page of another site may
 * link to a service, but must not embed the service. Therefore {@link isNavigation} returns false for these values.
 */
const EMBEDDED = new Set(['object', 'embed']);

/**
 * Refuses requests that a foreign page, such as a page on the internet, sends through a browser. A page of this machine
 * (a dev server or another service) may call a service, and every page may link to a service (`Sec-Fetch-Mode:
 * navigate`). Accepts requests of programs other than browsers, because such requests contain none of the checked
 * headers.
 * @param isServed returns whether a host is a service or pod of the gateway. The pages of such a host are not foreign
 * @throws CodedError `REQUEST_REFUSED`
 */
export function checkBrowserRequest(head: RequestHead, isServed: (host: string) => boolean): void {
  const origin = singleHeader(head, 'origin');
  const isFriendly = origin !== undefined && isFriendlyOrigin(origin, isServed);
  // Checks only `Origin` for a WebSocket: browsers send `Origin` with every WebSocket request, but not always
  // `Sec-Fetch-Site`.
  if (isUpgrade(head)) {
    if (origin !== undefined && !isFriendly) throw foreignPage(origin);
    return;
  }
  const site = singleHeader(head, 'sec-fetch-site');
  if (site === undefined) {
    // Without `Sec-Fetch-Site`, `Origin` decides, because older browsers send only `Origin`.
    if (origin !== undefined && !isFriendly) throw foreignPage(origin);
    return;
  }
  if (site !== 'cross-site' || isFriendly || isNavigation(head)) return;
  // Browsers request images and scripts without `Origin`, so `Referer` decides. A page cannot forge its `Referer`.
  const referrer = singleHeader(head, 'referer');
  if (origin === undefined && referrer !== undefined && isFriendlyOrigin(referrer, isServed)) return;
  throw foreignPage(origin ?? referrer ?? 'another site');
}

/**
 * Returns true if a host is a loopback name or address; a request to this host is for the gateway itself. Returns false
 * for any other name, even if DNS resolves it to this machine: a foreign page could use such a name (DNS rebinding).
 */
export function isOwnHost(host: string): boolean {
  return isLoopback(host);
}

function isNavigation(head: RequestHead): boolean {
  const isReading = head.method === 'GET' || head.method === 'HEAD';
  const destination = singleHeader(head, 'sec-fetch-dest') ?? 'document';
  return isReading && singleHeader(head, 'sec-fetch-mode') === 'navigate' && !EMBEDDED.has(destination);
}

function isFriendlyOrigin(text: string, isServed: (host: string) => boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const host = normalizeHost(hostname);
  return isLoopback(host) || isLocalhostName(host) || isServed(host);
}

function foreignPage(from: string): CodedError {
  return refused(`pages of ${from} may not use this service`);
}
