import { KINDS, KINDS_TEXT, type KindInfo } from '../src/kinds/targetKinds.ts';
import { FORWARD_RULES, rulesYaml } from '../src/ui/present/roleYaml.ts';

/** The documentation of the terminal command, in which one sentence lists all kinds of targets. */
export const TERMINAL_FILE = 'docs/terminal.md';
/** The documentation of permissions, in which the role and a sentence follow from the kinds of targets. */
export const ROLES_FILE = 'docs/roles.md';

/** Replaces the list of all kinds of targets in the text of a file. */
export function withKinds(text: string): string {
  return replaced(text, /\bTYPE is \w+(?:, \w+)* or \w+/g, `TYPE is ${KINDS_TEXT}`);
}

/** Replaces the rules of the role, and the list of the custom kinds, in the text of {@link ROLES_FILE}. */
export function withRole(page: string): string {
  const custom = Object.values<KindInfo>(KINDS).filter(({ isCustom }) => isCustom === true);
  const list = custom.map(({ plural, group }) => `\`${plural}\` (API group \`${group}\`)`).join(', ');
  const rules = ['rules:', ...rulesYaml(FORWARD_RULES)].join('\n');
  const withRules = replaced(page, /^```yaml\nrules:\n[^`]*```$/gm, `\`\`\`yaml\n${rules}\n\`\`\``);
  return replaced(withRules, /^(To forward to one of these kinds, [^:\n]*): .*$/gm, `$1: ${list}.`);
}

/** Throws if the text contains nothing to replace, so that no later change of the text goes unnoticed. */
function replaced(text: string, pattern: RegExp, replacement: string): string {
  if (text.search(pattern) === -1) throw new Error(`no text matches ${pattern}`);
  return text.replaceAll(pattern, replacement);
}
