import { LISTEN_ADDRESS_PATTERN } from '../src/base/address.ts';
import { SETTINGS_SECTION } from '../src/contributions.ts';
import { MAX_LABEL } from '../src/kinds/localhostName.ts';
import { MAX_PORT, PORT_NAME_PATTERN } from '../src/kinds/ports.ts';
import { NAMESPACE_PATTERN, targetPattern } from '../src/kinds/target.ts';
import { TRANSPORTS } from '../src/kinds/transports.ts';
import { MAX_ENTRY_TEXT } from '../src/ui/saved/forwardEntry.ts';

/** The keywords of a JSON schema, with their values. */
type Rules = Readonly<Record<string, unknown>>;

const TEXT: Rules = { maxLength: MAX_ENTRY_TEXT };
const NAMESPACE: Rules = { pattern: NAMESPACE_PATTERN, maxLength: MAX_LABEL };
const LOCAL_PORT: Rules = { minimum: 0, maximum: MAX_PORT };
const ADDRESS: Rules = { pattern: LISTEN_ADDRESS_PATTERN };

/** What the code accepts, for each field of an entry or task, and for each setting. */
const RULES: ReadonlyMap<string, Rules> = new Map([
  ['name', TEXT],
  ['context', TEXT],
  ['group', TEXT],
  ['target', { pattern: targetPattern() }],
  ['namespace', NAMESPACE],
  ['remotePort', { minimum: 1, maximum: MAX_PORT, pattern: PORT_NAME_PATTERN }],
  ['localPort', LOCAL_PORT],
  ['address', ADDRESS],
  ['transport', { enum: TRANSPORTS }],
  [`${SETTINGS_SECTION}.bindAddress`, ADDRESS],
  [`${SETTINGS_SECTION}.namespaces`, NAMESPACE],
  [`${SETTINGS_SECTION}.proxyPort`, LOCAL_PORT],
]);

/**
 * Replaces the values of keywords in the JSON schemas of the manifest by what the code accepts. VS Code checks settings
 * and tasks with these schemas. Adds no keyword to a schema that lacks it.
 */
export function withSchemas<T>(manifest: T): T {
  const copy = structuredClone(manifest);
  replaceRules((copy as { readonly contributes?: unknown }).contributes);
  return copy;
}

/** @param rules the rules of the field whose schema contains `value`; undefined outside such a schema */
function replaceRules(value: unknown, rules?: Rules): void {
  if (typeof value !== 'object' || value === null) return;
  const schema = value as Record<string, unknown>;
  for (const [keyword, rule] of Object.entries(rules ?? {})) {
    if (keyword in schema) schema[keyword] = rule;
  }
  // The rules of a list are those of its items.
  for (const [name, part] of Object.entries(schema))
    replaceRules(part, name === 'items' ? rules : RULES.get(name));
}
