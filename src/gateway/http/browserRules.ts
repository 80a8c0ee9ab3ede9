import { isLoopback } from '../../base/address.ts';
import { CodedError } from '../../base/errors.ts';
import { isLocalhostName, normalizeHost } from '../names.ts';
import { isUpgrade, type RequestHead, singleHeader } from './requestHead.ts';

/** Where a navigation may not end up: a foreign page would have the answer inside itself. Fetch Metadata, `Sec-Fetch-Dest`. */
const EMBEDDED = new Set(['object', 'embed']);

/**
 * Refuses what a foreign page makes a browser send. A page may call a service if it comes from this machine itself (a dev server, or
 * another service), and anybody may lead a person to it (`Sec-Fetch-Mode: navigate`). Programs that are no browsers send none of these headers.
 * @param isServed whether a host is one that the gateway serves
 * @throws CodedError `REQUEST_REFUSED`
 */
export function checkBrowserRequest(head: RequestHead, isServed: (host: string) => boolean): void {
  const origin = singleHeader(head, 'origin');
  const isFriendly = origin !== undefined && isFriendlyOrigin(origin, isServed);
  // Browsers do not say for every WebSocket which site it comes from, but always from which origin.
  if (isUpgrade(head)) {
    if (origin !== undefined && !isFriendly) throw foreignPage(origin);
    return;
  }
  const site = singleHeader(head, 'sec-fetch-site');
  if (site === undefined) {
    // Older browsers.
    if (origin !== undefined && !isFriendly) throw foreignPage(origin);
    return;
  }
  if (site !== 'cross-site' || isFriendly || isNavigation(head)) return;
  // Pictures and scripts come without an origin. No page can forge a referrer.
  const referrer = singleHeader(head, 'referer');
  if (origin === undefined && referrer !== undefined && isFriendlyOrigin(referrer, isServed)) return;
  throw foreignPage(origin ?? referrer ?? 'another site');
}

/** Whether a `Host` is this machine by itself, and not one that a foreign name server has led here (DNS rebinding). */
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
  return new CodedError('REQUEST_REFUSED', { reason: `a page of ${from} must not use this service` });
}
