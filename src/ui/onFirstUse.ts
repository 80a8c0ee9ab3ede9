/**
 * Code that a window loads on first use, like `later.ts`. The modules that `later.ts` imports use this file instead,
 * because an import of `later.ts` would be circular. All of this code is in one chunk, so import this file only with
 * a dynamic import.
 */

export { hasLeftForwards } from '../rpc/leftForwards.ts';
export { readRequest } from './api/readRequest.ts';
export { copyRoleOf } from './clusters/copyRole.ts';
export { presentNode } from './present/clusterRows.ts';
export { presentNamesRow } from './present/gatewayRows.ts';
export { logText } from './present/logText.ts';
export { pickPort, typePort } from './prompts/pickPort.ts';
export { presentProblem } from './saved/problemText.ts';
export { contextsFor, destinationOf, toNamespaces, toSpecification } from './saved/toSpecification.ts';
