import { printable } from '../../base/text.ts';
import type { DeclaredPort } from '../../kinds/ports.ts';
import type { PodRow, ServiceRow, WorkloadRow } from '../../rpc/clustersContract.ts';
import type { Localizer } from './localizer.ts';

/**
 * Returns why no port of a target can be forwarded. Undefined if a port can be forwarded, even if the forward would
 * have to wait, for example for a pod that is starting.
 */
export function targetProblem(l10n: Localizer, row: PodRow | ServiceRow | WorkloadRow): string | undefined {
  switch (row.type) {
    case 'pod':
      return row.phase === 'Succeeded' || row.phase === 'Failed' ? l10n.t('the pod has ended') : undefined;
    case 'workload':
      return row.kind === 'job' ? jobProblem(l10n, row) : scaleProblem(l10n, row);
    case 'service':
      return serviceProblem(l10n, row);
  }
}

/** Why a port cannot be forwarded; undefined if it can. */
export function portProblem(l10n: Localizer, { protocol }: DeclaredPort): string | undefined {
  if (protocol === 'TCP') return undefined;
  return l10n.t('Kubernetes cannot forward {protocol}, only TCP', { protocol: printable(protocol) });
}

/** Returns why a Job has no pods to forward to: the Job has ended or is suspended. Undefined for any other Job. */
function jobProblem(l10n: Localizer, { status }: WorkloadRow): string | undefined {
  switch (status) {
    case 'Complete':
    case 'Failed':
      return l10n.t('the Job has ended');
    case 'Suspended':
      return l10n.t('the Job is suspended');
    default:
      return undefined;
  }
}

function scaleProblem(l10n: Localizer, { kind, desired }: WorkloadRow): string | undefined {
  if (desired > 0) return undefined;
  return kind === 'daemonset' ? l10n.t('no nodes run the DaemonSet') : l10n.t('scaled to 0 replicas');
}

/**
 * Returns why a service cannot be forwarded; undefined if it can. A service without a TCP port cannot be forwarded,
 * because a service, unlike a pod, only forwards ports that it declares.
 */
function serviceProblem(l10n: Localizer, row: ServiceRow): string | undefined {
  if (row.serviceType === 'ExternalName') return l10n.t('the service has the type ExternalName');
  if (!row.hasSelector) return l10n.t('the service has no selector');
  const [first] = row.ports;
  const isTcp = row.ports.some(({ protocol }) => protocol === 'TCP');
  if (isTcp) return row.hasEndpoints === false ? l10n.t('the service has no endpoints') : undefined;
  return first === undefined ? l10n.t('the service has no ports') : portProblem(l10n, first);
}
