import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';

const START_TAG = /<([\w.:-]{1,100})(?:\s[^<>]*)?>/g;

/**
 * Redacts the content of XML and HTML elements whose names suggest secrets, with nested elements and CDATA. If the end
 * tag is missing, redacts the rest of the text, because bodies may be truncated.
 */
export function redactElements(text: string, placeholder: string): string {
  return redactSpans(text, START_TAG, placeholder, ({ 0: tag, 1: name = '', index }) => {
    if (tag.endsWith('/>') || !isSensitiveName(name)) return undefined;
    const start = index + tag.length;
    const endTag = text.indexOf(`</${name}`, start);
    const end = endTag === -1 ? text.length : endTag;
    return text.slice(start, end).trim() === '' ? undefined : { start, end };
  });
}
