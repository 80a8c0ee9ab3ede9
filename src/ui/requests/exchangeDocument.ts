import { formatBytes, formatDuration } from '../../base/quantities.ts';
import { printable } from '../../base/text.ts';
import type { Exchange, ExchangeDetails } from '../../rpc/exchanges.ts';
import { methodText, pathText, statusText } from '../present/exchangeRows.ts';
import { formatTime } from '../present/format.ts';
import type { Localizer } from '../present/localizer.ts';
import { openRequestText, readRecordedBody } from './bodyContent.ts';
import { indentJson } from './indentJson.ts';

/**
 * Returns a request and its response as a text document. Control characters in header lines are escaped, so that a
 * value cannot look like another line. Bodies are shown unchanged, except that JSON is indented.
 */
export function exchangeDocument(l10n: Localizer, exchange: ExchangeDetails, forwardName: string): string {
  const { path = '', query } = exchange;
  const target = query === undefined || query === '' ? pathText(exchange) : printable(`${path}?${query}`);
  const status = statusText(exchange);
  const facts = factLines(l10n, exchange, forwardName);
  const requestLine = `${methodText(exchange)} ${target}`.trim();
  if (!exchange.isRecorded) {
    const hint = l10n.t(
      'Headers and bodies were not recorded. To record those of later requests, run Record Requests.',
    );
    return lines([...facts, `# ${hint}`, '', requestLine, status]);
  }
  return lines([
    // Puts the lines about the request (`# Pod: …`) first, so that similar lines in a header or body cannot be mistaken
    // for them.
    ...facts,
    '',
    requestLine,
    ...messageLines(l10n, exchange, 'request'),
    '',
    status === '' ? l10n.t('No response.') : status,
    ...(status === '' ? [] : messageLines(l10n, exchange, 'response')),
  ]);
}

function messageLines(
  l10n: Localizer,
  { durationMs, ...exchange }: ExchangeDetails,
  side: 'request' | 'response',
): readonly string[] {
  const message = exchange[side];
  const headers = message.head.map(([name, value]) => `${printable(name)}: ${printable(value)}`);
  const { text, bytes, mediaType } = readRecordedBody(message);
  const reason =
    durationMs === undefined
      ? `[${openRequestText(l10n)}]`
      : l10n.t('[The rest of the body was not recorded.]');
  const truncated = message.isTruncated ? [reason] : [];
  if (bytes.length === 0) return [...headers, ...truncated];
  const body =
    text === undefined
      ? l10n.t('[Binary body, {size}]', { size: formatBytes(bytes.length) })
      : isJsonType(mediaType)
        ? indentJson(text)
        : text;
  return [...headers, '', body, ...truncated];
}

function isJsonType(mediaType: string): boolean {
  return /^application\/(.+\+)?json$/.test(mediaType);
}

function factLines(l10n: Localizer, exchange: Exchange, forwardName: string): readonly string[] {
  const facts: readonly (readonly [title: string, value: string | undefined])[] = [
    [l10n.t('Forward'), printable(forwardName)],
    [l10n.t('Pod'), exchange.pod],
    [l10n.t('Host'), exchange.host],
    [l10n.t('Protocol'), exchange.protocol],
    [l10n.t('Time'), formatTime(exchange.startedAt)],
    [l10n.t('First Byte'), duration(exchange.firstByteMs)],
    [l10n.t('Duration'), duration(exchange.durationMs)],
    [l10n.t('Request Body'), formatBytes(exchange.requestBytes)],
    [l10n.t('Response Body'), formatBytes(exchange.responseBytes)],
    [l10n.t('Note'), exchange.note],
  ];
  return facts
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([title, value = '']) => `# ${title}: ${printable(value)}`);
}

function duration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatDuration(ms);
}

function lines(parts: readonly string[]): string {
  return `${parts.join('\n')}\n`;
}
