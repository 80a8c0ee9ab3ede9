import { delimiter, resolve } from 'node:path';
import type { InitializeParameters } from './contract.ts';

type Environment = InitializeParameters['environment'];

/**
 * The environment with every file of KUBECONFIG by its absolute path, as kubectl finds it from this process's working folder: the
 * host has another one, where the same name may lead to another cluster. Empty entries mean nothing, and stay.
 */
export function withOwnPaths(environment: Environment): Environment {
  const { KUBECONFIG: listed } = environment;
  if (listed === undefined) return environment;
  const absolute = listed.split(delimiter).map((path) => (path === '' ? '' : resolve(path)));
  return { ...environment, KUBECONFIG: absolute.join(delimiter) };
}
