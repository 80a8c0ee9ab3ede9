/**
 * Code that a window loads on first use, like `later.ts`. The modules that `later.ts` imports use this file instead,
 * because an import of `later.ts` would be circular. The build puts this code in a separate chunk. Import this file
 * only with a dynamic import: a static import would load the code too early.
 */

export { hasLeftForwards } from '../rpc/leftForwards.ts';
export { readRequest } from './api/readRequest.ts';
export { copyRoleOf } from './clusters/copyRole.ts';
export { presentNode } from './present/clusterRows.ts';
export { presentNamesRow } from './present/gatewayRows.ts';
export { logText } from './present/logText.ts';
export { pickPort, typePort } from './prompts/pickPort.ts';
export { presentProblem } from './saved/problemText.ts';
export {
  contextsFor,
  destinationOf,
  namedContext,
  problemsFor,
  toNamespaces,
  toSpecification,
} from './saved/toSpecification.ts';
