import { isSensitiveName } from '../redaction.ts';
import { nameAttribute } from './redactPairs.ts';
import { redactSpans } from './redactSpans.ts';

const START_TAG = /<([\w.:-]{1,100})(?:\s[^<>]*)?>/g;
/**
 * Matches HTML elements whose attribute `name` does not say what they contain. For these elements, the attribute is
 * ignored.
 */
const UNRELATED_NAME = /^(?:a|form|fieldset|iframe)$/i;
/**
 * Matches the names of HTML elements that have no content and no end tag. XML elements with these names may have both.
 */
const EMPTY = /^(?:area|embed|frame|img|input|link|meta|param|source)$/i;
const ATTRIBUTES_LIMIT = 2_000;

/**
 * Redacts the content of XML and HTML elements, including nested elements and CDATA, if the name of the element or its
 * attribute `name` or `key` suggests a secret. If the end tag is missing, redacts the rest of the text, because bodies
 * may be truncated.
 */
export function redactElements(text: string, placeholder: string): string {
  const withoutEnd = new Set<string>();
  return redactSpans(text, START_TAG, placeholder, ({ 0: tag, 1: name = '', index }) => {
    if (tag.endsWith('/>') || withoutEnd.has(name)) return undefined;
    const ofContent = UNRELATED_NAME.test(name) ? '' : nameAttribute(tag.slice(0, ATTRIBUTES_LIMIT));
    if (!isSensitiveName(name) && !isSensitiveName(ofContent)) return undefined;
    const start = index + tag.length;
    const endTag = text.indexOf(`</${name}`, start);
    if (endTag === -1 && EMPTY.test(name)) {
      withoutEnd.add(name);
      return undefined;
    }
    const end = endTag === -1 ? text.length : endTag;
    return text.slice(start, end).trim() === '' ? undefined : { start, end };
  });
}
