import { CodedError } from '../base/errors.ts';
import { isLabelSelector, LABEL_SELECTOR_PATTERN } from './labelSelector.ts';
import { MAX_LABEL } from './localhostName.ts';
import { KINDS, KINDS_TEXT, namesOfKind, TARGET_KINDS, type TargetKind } from './targetKinds.ts';

/** The target of a forward: an object by kind and name, or the pods that a label selector selects. */
export type Target = ObjectTarget | SelectorTarget;

export interface ObjectTarget {
  readonly kind: TargetKind;
  readonly name: string;
}

export interface SelectorTarget {
  readonly kind: 'selector';
  /** The selector in text form: `app=web`. */
  readonly name: string;
}

/**
 * The pattern of an object's name, a DNS subdomain (RFC 1123). Names with other characters are rejected, because they
 * could change the path of an API request.
 */
export const OBJECT_NAME_PATTERN = '[a-z0-9]([-a-z0-9.]*[a-z0-9])?';
/** The maximum length of an object's name: Kubernetes limits a DNS subdomain (RFC 1123) to 253 characters. */
export const MAX_OBJECT_NAME = 253;

const OBJECT_NAME = new RegExp(`^${OBJECT_NAME_PATTERN}$`);

/** Returns true if an object can have this name. */
export function isObjectName(text: string): boolean {
  return text.length <= MAX_OBJECT_NAME && OBJECT_NAME.test(text);
}

/**
 * The pattern of a namespace's name. Kubernetes limits a namespace to one DNS label (RFC 1123), of at most
 * {@link MAX_LABEL} characters.
 */
export const NAMESPACE_PATTERN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';

const NAMESPACE = new RegExp(NAMESPACE_PATTERN);

/** Returns true if a namespace can have this name. */
export function isNamespaceName(text: string): boolean {
  return text.length <= MAX_LABEL && NAMESPACE.test(text);
}

/** Returns the text form that {@link parseTarget} parses: `service/web`, `-l app=web`. */
export function formatTarget({ kind, name }: Target): string {
  return kind === 'selector' ? `-l ${name}` : `${kind}/${name}`;
}

/** Returns a target with a port of it: `service/web:80`. */
export function formatTargetPort(target: Target, remotePort: number | string): string {
  return `${formatTarget(target)}:${remotePort}`;
}

/** Returns the name of a forward for people: its label or, without a label, its target and port. */
export function nameOfForward({
  label = '',
  target,
  remotePort,
}: {
  readonly label?: string;
  readonly target: Target;
  readonly remotePort: number | string;
}): string {
  return label === '' ? formatTargetPort(target, remotePort) : label;
}

/** Describes a target in words: `service "web"`. */
export function describeTarget({ kind, name }: Target): string {
  return kind === 'selector' ? `label selector "${name}"` : `${kind} "${name}"`;
}

/**
 * Parses `NAME` (a pod) or `TYPE/NAME`, as kubectl does, or `-l SELECTOR`. TYPE is the singular, plural or short name
 * of a kind, in upper or lower case. Its API group, or its version and group, may follow: `deploy/web`,
 * `deployments.apps/web`, `Deployment.v1.apps/web`.
 * @throws CodedError `INVALID_TARGET`, `INVALID_SELECTOR`, `NAME_NOT_LOWER_CASE`
 */
export function parseTarget(text: string): Target {
  const [, selector] = /^-l(?:\s+|=)(.*)$/s.exec(text) ?? [];
  if (selector !== undefined) return parseSelectorTarget(selector);
  const [type = '', name, ...more] = text.includes('/') ? text.split('/') : ['pod', text];
  const kind = parseKind(type);
  if (kind === undefined || name === undefined || more.length > 0 || !isObjectName(name.toLowerCase())) {
    throw new CodedError('INVALID_TARGET', { text, types: KINDS_TEXT });
  }
  if (!isObjectName(name)) {
    throw new CodedError('NAME_NOT_LOWER_CASE', { name, suggestion: name.toLowerCase() });
  }
  return { kind, name };
}

/** Returns the target for a label selector. @throws CodedError `INVALID_SELECTOR` */
export function parseSelectorTarget(selector: string): SelectorTarget {
  if (!isLabelSelector(selector)) throw new CodedError('INVALID_SELECTOR', { text: selector });
  return { kind: 'selector', name: selector.trim() };
}

/** Like {@link parseTarget}, but returns undefined for a text that is not a target. */
export function readTarget(text: string): Target | undefined {
  try {
    return parseTarget(text);
  } catch {
    return undefined;
  }
}

/** Returns the pattern that matches every text that {@link parseTarget} accepts, for JSON schemas. */
export function targetPattern(): string {
  const types = TARGET_KINDS.map((kind) => {
    const names = namesOfKind(kind).join('|');
    return `(${names})(${suffixesOf(kind).map(escapeDots).join('|')})?`;
  });
  return `^(((?i:${types.join('|')})/)?${OBJECT_NAME_PATTERN}|-l(\\s+|=)${LABEL_SELECTOR_PATTERN})$`;
}

function parseKind(text: string): TargetKind | undefined {
  const lowerCase = text.toLowerCase();
  return TARGET_KINDS.find((kind) =>
    namesOfKind(kind).some((name) => ['', ...suffixesOf(kind)].some((suffix) => lowerCase === name + suffix)),
  );
}

/**
 * Returns the suffixes that may follow a type: `.apps`, `.v1.apps`. Also returns suffixes without a group, as in
 * `deploy.` and `deploy.v1.`, because kubectl accepts them and then searches the kind in all groups.
 */
function suffixesOf(kind: TargetKind): readonly string[] {
  const { group, version } = KINDS[kind];
  const empty = ['.', `.${version}.`];
  return group === '' ? empty : [`.${group}`, `.${version}.${group}`, ...empty];
}

function escapeDots(text: string): string {
  return text.replaceAll('.', '\\.');
}
