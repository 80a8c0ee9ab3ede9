import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';

interface Element {
  /** The name without a prefix. */
  readonly name: string;
  readonly endTag: string;
  /** The index at which the content begins. */
  readonly start: number;
  /** The content. Undefined if the content is longer than {@link CONTENT_LIMIT}, or if its end is missing. */
  readonly content: string | undefined;
}

const HEAD = /<(?:[\w.-]{1,50}:)?(?:name|key|value)(?=[\s>])/gi;
const START_TAG = /\s{0,200}<((?:[\w.-]{1,50}:)?([\w.-]{1,100}))(?:\s[^<>]{0,500})?>/y;
const NAMING = /^(?:name|key)$/i;
const VALUE = /^value$/i;
/**
 * Matches the elements of property lists that contain a value. Each of these elements follows its key, as in
 * `<key>token</key><string>…</string>`.
 */
const PROPERTY = /^(?:string|data|integer|real|array|dict)$/;
/** The maximum number of elements of the same parent that are read. */
const SIBLING_LIMIT = 10;
/**
 * The maximum length of a name in the content of an element. Longer content is no name, and searching it would cost
 * time.
 */
const NAME_LIMIT = 200;
/** How far to search for the end of an element, so that the work for a hostile text is limited. */
const CONTENT_LIMIT = 4_000;

/**
 * Redacts the content of XML elements whose name is the content of another element, if the name suggests a secret:
 * `<name>PASSWORD</name><value>…</value>`, and `<key>token</key><string>…</string>` in property lists.
 */
export function redactElementPairs(text: string, placeholder: string): string {
  return redactSpans(text, HEAD, placeholder, ({ index }) => {
    const secret = secretElement(siblings(text, index));
    if (secret === undefined) return undefined;
    const end = text.indexOf(secret.endTag, secret.start);
    return { start: secret.start, end: end === -1 ? text.length : end };
  });
}

/**
 * Returns the element whose content is a secret; undefined if there is none. If the first element is `<value>`, returns
 * the first element, but only if another element contains a sensitive name. If the first element contains a sensitive
 * name, returns the `<value>` element after it or, in a property list, the next element.
 */
function secretElement(elements: Generator<Element, void>): Element | undefined {
  const { value: first } = elements.next();
  if (first === undefined) return undefined;
  const isValue = VALUE.test(first.name);
  // Returns early, without reading the other elements, because most elements contain no sensitive name.
  if (!isValue && !namesSecret(first)) return undefined;
  const others = [...elements];
  if (isValue) return others.some(namesSecret) ? first : undefined;
  const value = others.find(({ name }) => VALUE.test(name));
  const [next] = others;
  const isProperty = first.name === 'key' && next !== undefined && PROPERTY.test(next.name);
  return value ?? (isProperty ? next : undefined);
}

function namesSecret({ name, content = '' }: Element): boolean {
  return NAMING.test(name) && content.length <= NAME_LIMIT && isSensitiveName(content.trim());
}

/** Reads the element that begins at an index, and the elements after it in the same parent. */
function* siblings(text: string, index: number): Generator<Element, void> {
  let at = index;
  for (let count = 0; count < SIBLING_LIMIT; count++) {
    START_TAG.lastIndex = at;
    const [tag, fullName = '', name = ''] = START_TAG.exec(text) ?? [];
    if (tag === undefined || tag.endsWith('/>')) return;
    const start = at + tag.length;
    const endTag = `</${fullName}`;
    const near = text.slice(start, start + CONTENT_LIMIT);
    const end = near.indexOf(endTag);
    yield { name, endTag, start, content: end === -1 ? undefined : near.slice(0, end) };
    const tagEnd = end === -1 ? -1 : near.indexOf('>', end);
    if (tagEnd === -1) return;
    at = start + tagEnd + 1;
  }
}
