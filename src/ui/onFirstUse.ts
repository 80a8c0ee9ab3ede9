/**
 * Parts that a window loads on first use, as `later.ts`, for modules that what is in `later.ts` imports. One chunk holds them all: import
 * this file only with a dynamic import.
 */

export { hasLeftForwards } from '../rpc/leftForwards.ts';
export { readRequest } from './api/readRequest.ts';
export { presentNamesRow } from './gateways/presentNamesRow.ts';
export { roleYaml } from './present/roleYaml.ts';
export { pickPort, typePort } from './prompts/pickPort.ts';
export { contextsFor, destinationOf } from './saved/destination.ts';
export { presentProblem } from './saved/presentProblem.ts';
export { toNamespaces, toSpecification } from './saved/toSpecification.ts';
