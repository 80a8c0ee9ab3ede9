import type { ViewScope } from '../rpc/contract.ts';
import { keyOf } from './kubeAccess.ts';

/** Returns the place of a scope as one text, without the filter and limit of the view. */
export function placeOf(scope: ViewScope): string {
  const namespace = scope.type === 'namespaces' ? '' : scope.namespace;
  return JSON.stringify([scope.type, keyOf(scope.context), namespace]);
}
