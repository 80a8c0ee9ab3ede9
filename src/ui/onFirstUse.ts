/**
 * Parts that a window loads on first use, like those of `later.ts`, for the modules that `later.ts` imports. All are in one chunk: import
 * this file only with a dynamic import.
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
