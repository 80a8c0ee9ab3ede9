const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?';
const KEY = `([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?${NAME}`;
// This regular expression matches each space in only one way. If it could match a space in two ways, it would try both,
// and each space in an invalid text would double the time until the text is rejected.
const VALUE = `\\s*(${NAME}\\s*)?`;
const REQUIREMENT = [
  `(!\\s*)?${KEY}`,
  `${KEY}\\s*(=|==|!=)(\\s*${NAME})?`,
  `${KEY}\\s+(in|notin)\\s*\\(${VALUE}(,${VALUE})*\\)`,
  `${KEY}\\s*[<>]\\s*-?[0-9]+`,
].join('|');
const REQUIREMENTS = `\\s*(${REQUIREMENT})\\s*(,\\s*(${REQUIREMENT})\\s*)*`;

/**
 * The pattern of a label selector as `kubectl get -l` accepts it: `app=web,tier!=db`, `env in (test, staging)`. The
 * grammar is that of `Parse` in `k8s.io/apimachinery/pkg/labels/selector.go`.
 */
export const LABEL_SELECTOR_PATTERN = REQUIREMENTS;

const LABEL_SELECTOR = new RegExp(`^${REQUIREMENTS}$`);

export function isLabelSelector(text: string): boolean {
  return LABEL_SELECTOR.test(text);
}
