import { defined } from '../base/defined.ts';
import { usage } from '../base/errors.ts';
import type { RestConfigOverrides } from '../kube/kubeconfig/restConfigOverrides.ts';
import type { OutputFormat } from './commands.ts';
import { parseTimeout } from './duration.ts';
import type { FlagValues } from './flags.ts';
import { type IGNORED_OPTIONS, OPTIONS, type OptionValues } from './options.ts';

/**
 * Removes options with an empty value, so that they have no effect, as in kubectl. The value of `--context "$NAME"` is
 * empty, for example, if the shell variable is not set.
 */
export function withoutEmpty(values: OptionValues): OptionValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

/** Returns the options that replace values of the kubeconfig, such as `--user`. @throws CodedError `USAGE` */
export function overridesOf(values: OptionValues): RestConfigOverrides {
  // Does not split groups at commas, because a group's name may contain commas: `cn=admins,dc=example`. Accepts an
  // empty group, as kubectl does.
  const asGroups = values['as-group'];
  const requestTimeout = values['request-timeout'];
  const { context, cluster, user, namespace, server, token, username, password, as } = values;
  return {
    ...defined({ context, cluster, user, namespace, server, token, username, password, as, asGroups }),
    ...defined({
      asUid: values['as-uid'],
      clientCertificate: values['client-certificate'],
      clientKey: values['client-key'],
      certificateAuthority: values['certificate-authority'],
      tlsServerName: values['tls-server-name'],
      requestTimeoutMs:
        requestTimeout === undefined ? undefined : parseTimeout('--request-timeout', requestTimeout),
    }),
    ...(values['insecure-skip-tls-verify'] === true && { insecureSkipTlsVerify: true }),
  };
}

export function outputOf({ output = 'text' }: OptionValues): OutputFormat {
  return oneOf('output', output, ['text', 'json']);
}

/** Returns the value of an option if it is allowed. @throws CodedError `USAGE` that names the allowed values */
export function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw usage(`--${option}: invalid value "${value}": use one of ${allowed.join(', ')}`);
  return found;
}

/** Removes the options that are accepted without effect. */
export function withoutIgnored(values: Readonly<Record<string, unknown>>): OptionValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in OPTIONS));
}

// The values of `--profile` that `kubectl options` lists. The option has no effect here, but other values are rejected,
// as in kubectl.
const PROFILES = ['none', 'cpu', 'heap', 'goroutine', 'threadcreate', 'block', 'mutex'];

const MAX_INT32 = 2 ** 31 - 1;

/** Checks the options that have no effect, because kubectl rejects invalid values too. @throws CodedError `USAGE` */
export function checkIgnored(values: FlagValues<typeof IGNORED_OPTIONS>): void {
  const { profile, vmodule, 'log-flush-frequency': flushMs = 1 } = values;
  if (flushMs <= 0) throw usage('--log-flush-frequency must be greater than 0');
  if (profile !== undefined) oneOf('profile', profile, PROFILES);
  const isModuleList =
    vmodule?.split(',').every((item) => {
      const [, level] = /^[^=]+=(\d+)$/.exec(item) ?? [];
      return item === '' || (level !== undefined && Number(level) <= MAX_INT32);
    }) ?? true;
  if (!isModuleList) throw usage('invalid value for --vmodule: use a list such as file=2,other=4');
}
