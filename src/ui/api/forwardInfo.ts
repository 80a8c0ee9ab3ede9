import { defined } from '../../base/defined.ts';
import { formatTarget } from '../../kinds/target.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import { errorText } from '../present/errorText.ts';
import type { Localizer } from '../present/localizer.ts';
import type { PortForwardInfo } from './portForwardApi.ts';

/** Converts a forward to the form that other extensions and chat agents get. */
export function toInfo(
  l10n: Localizer,
  { id, specification, state, localPort }: ForwardSnapshot,
): PortForwardInfo {
  const { target, remotePort, address, label } = specification;
  return {
    id,
    state: state.type,
    context: target.context.context,
    namespace: target.namespace,
    target: formatTarget(target),
    remotePort,
    address,
    ...defined({ localPort, label }),
    ...(state.type === 'ready' ? { pod: state.pod } : {}),
    ...('error' in state ? { error: { code: state.error.code, message: errorText(l10n, state.error) } } : {}),
  };
}
