import { isLoopback } from '../../base/address.ts';
import type { CodedError } from '../../base/errors.ts';
import { refused } from '../headReader.ts';
import { isLocalhostName, normalizeHost } from '../names.ts';
import { isUpgrade, type RequestHead, singleHeader } from './requestHead.ts';

/** Destinations in which a foreign page would embed the answer of a navigation. Fetch Metadata, `Sec-Fetch-Dest`. */
const EMBEDDED = new Set(['object', 'embed']);

/**
 * Refuses requests that a foreign page makes a browser send. A page of this machine (a dev server or another service) may call
 * a service, and every page may lead a person to one (`Sec-Fetch-Mode: navigate`). Programs other than browsers send none of
 * these headers.
 * @param isServed returns whether the gateway serves a host
 * @throws CodedError `REQUEST_REFUSED`
 */
export function checkBrowserRequest(head: RequestHead, isServed: (host: string) => boolean): void {
  const origin = singleHeader(head, 'origin');
  const isFriendly = origin !== undefined && isFriendlyOrigin(origin, isServed);
  // Browsers send the origin of every WebSocket, but not always its site.
  if (isUpgrade(head)) {
    if (origin !== undefined && !isFriendly) throw foreignPage(origin);
    return;
  }
  const site = singleHeader(head, 'sec-fetch-site');
  if (site === undefined) {
    // Older browsers send an origin only.
    if (origin !== undefined && !isFriendly) throw foreignPage(origin);
    return;
  }
  if (site !== 'cross-site' || isFriendly || isNavigation(head)) return;
  // Pictures and scripts come without an origin. No page can forge a referrer.
  const referrer = singleHeader(head, 'referer');
  if (origin === undefined && referrer !== undefined && isFriendlyOrigin(referrer, isServed)) return;
  throw foreignPage(origin ?? referrer ?? 'another site');
}

/** Returns whether a `Host` belongs to this machine, and is not a foreign name that resolves to it (DNS rebinding). */
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
