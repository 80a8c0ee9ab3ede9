import { resolve } from 'node:path';
import { CodedError, isCoded } from '../base/errors.ts';
import { parseTarget, type Target } from '../kinds/target.ts';
import type { ForwardSnapshot } from '../rpc/contract.ts';

/** Which forwards of the host a command is about: all that match what is given. */
export interface ForwardFilter {
  readonly namespace?: string;
  readonly context?: string;
  /** As given: that of forwards that were started with it. */
  readonly kubeconfigPath?: string;
}

/** Whether a forward is among those that a command is about. */
export function fits({ specification }: ForwardSnapshot, filter: ForwardFilter): boolean {
  const { namespace, context } = specification.target;
  const { kubeconfigPath } = filter;
  return (
    (filter.namespace === undefined || filter.namespace === namespace) &&
    (filter.context === undefined || filter.context === context.context) &&
    (kubeconfigPath === undefined || resolve(kubeconfigPath) === context.kubeconfig)
  );
}

/** Whether a forward goes by that name: its label, its local port, or its target however it is spelled, with `:PORT` or without. */
export function isNamed({ specification, localPort, remotePort }: ForwardSnapshot, name: string): boolean {
  if (name === specification.label || (localPort !== undefined && name === String(localPort))) return true;
  const [text = '', port, ...more] = name.split(':');
  const target = targetOf(text);
  const { kind, name: own } = specification.target;
  if (target?.kind !== kind || target.name !== own || more.length > 0) return false;
  return port === undefined || port === String(specification.remotePort) || port === String(remotePort);
}

/**
 * The forwards that go by the names, each once; all that fit where there are no names.
 * @throws CodedError `FORWARD_UNKNOWN`; `FORWARD_AMBIGUOUS` where a name is one in several namespaces or contexts
 */
export function chooseForwards(
  forwards: readonly ForwardSnapshot[],
  names: readonly string[],
  filter: ForwardFilter,
): readonly ForwardSnapshot[] {
  const fitting = forwards.filter((forward) => fits(forward, filter));
  if (names.length === 0) return fitting;
  return [...new Set(names.flatMap((name) => choose(fitting, name)))];
}

function choose(forwards: readonly ForwardSnapshot[], name: string): readonly ForwardSnapshot[] {
  const named = forwards.filter((forward) => isNamed(forward, name));
  if (named.length === 0) throw new CodedError('FORWARD_UNKNOWN', { name });
  const places = new Set(named.map(placeOf));
  if (places.size > 1) {
    throw new CodedError('FORWARD_AMBIGUOUS', { name, places: [...places].join(' and ') });
  }
  return named;
}

function placeOf({ specification }: ForwardSnapshot): string {
  const { namespace, context } = specification.target;
  const file = context.kubeconfig === '' ? '' : ` (${context.kubeconfig})`;
  return `namespace "${namespace}" of context "${context.context}"${file}`;
}

function targetOf(text: string): Target | undefined {
  try {
    return parseTarget(text);
  } catch (error) {
    if (isCoded(error, 'INVALID_TARGET')) return undefined;
    throw error;
  }
}
