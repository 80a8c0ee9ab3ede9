import { isSensitiveName } from '../redaction.ts';
import { nameAttribute } from './redactPairs.ts';
import { redactSpans } from './redactSpans.ts';

const START_TAG = /<([\w.:-]{1,100})(?:\s[^<>]*)?>/g;
/** Elements of HTML whose `name` is not the name of their content. Some of them have no content. */
const OTHERS = /^(?:a|form|fieldset|iframe|img|input|link|map|meta|object|param|source)$/i;
const ATTRIBUTES_LIMIT = 2_000;

/**
 * Redacts the content of XML and HTML elements whose names, or attributes `name` or `key`, suggest secrets, with nested
 * elements and CDATA. If the end tag is missing, redacts the rest of the text, because bodies may be truncated.
 */
export function redactElements(text: string, placeholder: string): string {
  return redactSpans(text, START_TAG, placeholder, ({ 0: tag, 1: name = '', index }) => {
    if (tag.endsWith('/>')) return undefined;
    const ofContent = OTHERS.test(name) ? '' : nameAttribute(tag.slice(0, ATTRIBUTES_LIMIT));
    if (!isSensitiveName(name) && !isSensitiveName(ofContent)) return undefined;
    const start = index + tag.length;
    const endTag = text.indexOf(`</${name}`, start);
    const end = endTag === -1 ? text.length : endTag;
    return text.slice(start, end).trim() === '' ? undefined : { start, end };
  });
}
