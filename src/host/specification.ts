import { CodedError } from '../base/errors.ts';
import { checkTimes } from '../kinds/forwardTimes.ts';
import { isPort, isRemotePort } from '../kinds/ports.ts';
import { validateAddresses } from '../portforward/request.ts';
import { contextKey } from '../rpc/clustersContract.ts';
import type { ForwardSpecification } from '../rpc/forwardsContract.ts';

/**
 * Returns a key by which the host recognizes that two requests can use the same forward. The keys are equal if target,
 * remote port, address and transport are equal, even if the local ports differ.
 */
export function identityOf({ target, remotePort, address, transport }: ForwardSpecification): string {
  const { context, namespace, kind, name } = target;
  return JSON.stringify([contextKey(context), namespace, kind, name, remotePort, address, transport ?? '']);
}

/**
 * Returns whether the labels allow a request to use an existing forward instead of a second forward: the labels are
 * equal, or at least one of the two specifications has no label.
 */
export function haveOneName(a: ForwardSpecification, b: ForwardSpecification): boolean {
  const [one = '', other = ''] = [a.label, b.label];
  return one === '' || other === '' || one === other;
}

/** Checks the specification that a client sent. @throws CodedError `INVALID_PORT`, `INVALID_ADDRESS`, `USAGE` */
export function checkSpecification(specification: ForwardSpecification): void {
  const { localPort, remotePort, address } = specification;
  checkLocalPort(localPort.port);
  if (!isRemotePort(remotePort)) throw new CodedError('INVALID_PORT', { text: String(remotePort) });
  validateAddresses([address]);
  checkTimes(specification);
}

export function checkLocalPort(port: number): void {
  if (!isPort(port, 0)) throw new CodedError('INVALID_PORT', { text: String(port) });
}
