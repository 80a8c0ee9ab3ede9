import { CodedError } from '../base/errors.ts';
import type { Resource } from './resources.ts';

/** What a forward can be asked for. */
export type TargetKind =
  | 'pod'
  | 'service'
  | 'deployment'
  | 'replicaset'
  | 'statefulset'
  | 'daemonset'
  | 'job';

/** An object by its kind and name, as `kubectl` writes it: `deployment/web`. */
export interface Target {
  readonly kind: TargetKind;
  readonly name: string;
}

interface KindNames {
  readonly plural: Resource;
  readonly short: string | undefined;
  readonly group: string;
}

const KINDS: Readonly<Record<TargetKind, KindNames>> = {
  pod: { plural: 'pods', short: 'po', group: '' },
  service: { plural: 'services', short: 'svc', group: '' },
  deployment: { plural: 'deployments', short: 'deploy', group: 'apps' },
  replicaset: { plural: 'replicasets', short: 'rs', group: 'apps' },
  statefulset: { plural: 'statefulsets', short: 'sts', group: 'apps' },
  daemonset: { plural: 'daemonsets', short: 'ds', group: 'apps' },
  job: { plural: 'jobs', short: undefined, group: 'batch' },
};

export const TARGET_KINDS = Object.keys(KINDS) as readonly TargetKind[];

/** The plural in the API's paths. */
export function resourceOf<K extends TargetKind>(kind: K): Resource {
  return KINDS[kind].plural;
}

/** A target for people: `service "web"`. */
export function describeTarget(target: Target): string {
  return `${target.kind} "${target.name}"`;
}

// A DNS subdomain (RFC 1123), which is what the API takes for a name; anything else would be a broken path.
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/**
 * Reads `NAME` (a pod) or `TYPE/NAME`, with TYPE singular, plural or short, in any case, and with its API group or group
 * and version where someone wants to be exact: `deploy/web`, `deployments.apps/web`, `Deployment.v1.apps/web`.
 * @throws CodedError `INVALID_TARGET`
 */
export function parseTarget(text: string): Target {
  const [type, name, ...more] = text.includes('/') ? text.split('/') : ['pod', text];
  const kind = parseKind(type ?? '');
  if (kind === undefined || name === undefined || more.length > 0 || !NAME.test(name)) {
    throw new CodedError('INVALID_TARGET', { text, types: TARGET_KINDS.join(', ') });
  }
  return { kind, name };
}

function parseKind(text: string): TargetKind | undefined {
  const [name, ...suffix] = text.toLowerCase().split('.');
  return TARGET_KINDS.find((kind) => {
    const { plural, short, group } = KINDS[kind];
    if (name !== kind && name !== plural && name !== short) return false;
    return suffix.length === 0 || suffix.join('.') === group || suffix.join('.') === `v1.${group}`;
  });
}
