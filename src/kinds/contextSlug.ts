import { createHash } from 'node:crypto';
import { MAX_LABEL } from './localhostName.ts';

const HASH_LENGTH = 6;

/**
 * Returns the DNS label that identifies a context in `*.localhost` names: `arn:aws:eks:eu-west-1:123:cluster/Prod`
 * becomes `arn-aws-eks-eu-west-1-123-cluster-prod`.
 * @param identity a text that is unique to the context. If another context already has the label, this function appends
 *   a hash of the text to the label
 * @param taken the labels of the other contexts
 */
export function contextSlug(name: string, identity: string, taken: ReadonlySet<string>): string {
  const plain = labelOf(name, MAX_LABEL);
  if (!taken.has(plain)) return plain;
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, HASH_LENGTH);
  return `${labelOf(name, MAX_LABEL - HASH_LENGTH - 1)}-${hash}`;
}

function labelOf(name: string, limit: number): string {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, limit)
    .replace(/-$/, '');
  return label === '' ? 'context' : label;
}
