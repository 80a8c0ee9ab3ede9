import type { ViewScope } from '../rpc/contract.ts';
import { keyOf } from './kubeAccess.ts';

/** Where a scope looks, as one text. Filter and limit are each view's own affair. */
export function placeOf(scope: ViewScope): string {
  const namespace = scope.type === 'namespaces' ? '' : scope.namespace;
  return JSON.stringify([scope.type, keyOf(scope.context), namespace]);
}
