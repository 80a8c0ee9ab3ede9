import type * as v from 'valibot';
import type { USER } from './kubeconfigShape.ts';
import type { YamlPath } from './yamlDocument.ts';

type User = v.InferOutput<typeof USER>['user'];
type Exec = NonNullable<User['exec']>;

/** The reason why client-go would reject a user of a kubeconfig, and the field to correct. */
export interface UserFault {
  readonly field: YamlPath;
  readonly reason: string;
}

const MODES: readonly string[] = ['Never', 'IfAvailable', 'Always'];
const MODES_TEXT = 'Never, IfAvailable or Always';
/**
 * Matches the versions of the plugin API before v1. For these versions, `interactiveMode` is optional in a kubeconfig.
 * For v1, it is required.
 */
const DEFAULTED = /^client\.authentication\.k8s\.io\/v1(alpha|beta)1$/;

/**
 * Returns the first reason why client-go rejects a user. Makes the same checks as `validateAuthInfo` in the package
 * `clientcmd` of client-go. Returns undefined if client-go accepts the user.
 */
export function userFault(user: User): UserFault | undefined {
  const faults: readonly (readonly [boolean, string, string])[] = [
    [
      hasBoth(user, 'client-certificate'),
      'client-certificate',
      'and client-certificate-data are both set: remove one',
    ],
    [
      hasCertificate(user) && hasBoth(user, 'client-key'),
      'client-key',
      'and client-key-data are both set: remove one',
    ],
    [
      hasCertificate(user) && user['client-key'] === undefined && user['client-key-data'] === undefined,
      'client-key',
      'is missing: the client certificate needs it',
    ],
    [
      (user.token ?? user.tokenFile) !== undefined && (user.username ?? user.password) !== undefined,
      'username',
      'cannot be used together with a token: remove one',
    ],
    [/[\r\n]/.test(user.token ?? ''), 'token', 'contains a line break: write it on one line'],
    [
      Boolean(user.token ?? user.tokenFile) && !['oidc', undefined].includes(user['auth-provider']?.name),
      'auth-provider',
      'is no longer supported by Kubernetes: remove it',
    ],
    [
      Boolean(user.exec && user['auth-provider']),
      'exec',
      'cannot be used together with an auth-provider: remove one',
    ],
  ];
  const fault = faults.find(([isFaulty]) => isFaulty);
  return fault && { field: [fault[1]], reason: fault[2] };
}

/** Like {@link userFault}, but checks the settings of the user's exec plugin. */
export function execFault({ apiVersion, command, env, interactiveMode }: Exec): UserFault | undefined {
  const fault = (reason: string, ...field: YamlPath) => ({ field: ['exec', ...field], reason });
  if (command === '') return fault('is missing', 'command');
  if (apiVersion === '') return fault('is missing', 'apiVersion');
  const unnamed = env?.findIndex(({ name }) => name === '') ?? -1;
  if (unnamed >= 0) return fault('is missing', 'env', unnamed, 'name');
  if (interactiveMode === undefined) {
    return DEFAULTED.test(apiVersion) ? undefined : fault(`is missing: use ${MODES_TEXT}`, 'interactiveMode');
  }
  return MODES.includes(interactiveMode) ? undefined : fault(`must be ${MODES_TEXT}`, 'interactiveMode');
}

function hasBoth(user: User, field: 'client-certificate' | 'client-key'): boolean {
  return user[field] !== undefined && user[`${field}-data`] !== undefined;
}

function hasCertificate(user: User): boolean {
  return user['client-certificate'] !== undefined || user['client-certificate-data'] !== undefined;
}
