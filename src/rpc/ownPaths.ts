import { delimiter, resolve } from 'node:path';
import type { InitializeParameters } from './contract.ts';

type Environment = InitializeParameters['environment'];

/**
 * Returns the environment with an absolute path for every file of KUBECONFIG, as kubectl finds it from this process's working
 * folder. The host has another working folder, where the same name may be another file. Empty entries mean nothing and stay.
 */
export function withOwnPaths(environment: Environment): Environment {
  const { KUBECONFIG: listed } = environment;
  if (listed === undefined) return environment;
  const absolute = listed.split(delimiter).map((path) => (path === '' ? '' : resolve(path)));
  return { ...environment, KUBECONFIG: absolute.join(delimiter) };
}
