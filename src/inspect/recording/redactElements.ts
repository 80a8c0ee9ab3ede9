import { isSensitiveName } from '../redaction.ts';

const START_TAG = /<([\w.:-]{1,100})(?:\s[^<>]*)?>/g;

/**
 * Redacts the content of XML and HTML elements whose names suggest secrets, with nested elements and CDATA. If the end
 * tag is missing, redacts the rest of the text, because bodies may be truncated.
 */
export function redactElements(text: string, placeholder: string): string {
  let redacted = '';
  let kept = 0;
  for (const { 0: tag, 1: name = '', index } of text.matchAll(START_TAG)) {
    if (index < kept || tag.endsWith('/>') || !isSensitiveName(name)) continue;
    const start = index + tag.length;
    const endTag = text.indexOf(`</${name}`, start);
    const end = endTag === -1 ? text.length : endTag;
    if (text.slice(start, end).trim() === '') continue;
    redacted += text.slice(kept, start) + placeholder;
    kept = end;
  }
  return redacted + text.slice(kept);
}
