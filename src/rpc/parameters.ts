import { type CodedError, usage } from '../base/errors.ts';
import { REQUEST_LOG_MODES, TRAFFIC_RANGES } from '../kinds/exchange.ts';
import { isProgramSecret } from '../kinds/gateway.ts';
import { isLabelSelector } from '../kinds/labelSelector.ts';
import type { LocalPort } from '../kinds/ports.ts';
import { isNamespaceName, isObjectName } from '../kinds/target.ts';
import { TARGET_KINDS } from '../kinds/targetKinds.ts';
import { TRANSPORTS } from '../kinds/transports.ts';
import type { ContextReference, PluginTerms, TargetReference, ViewScope } from './clustersContract.ts';
import type { InitializeParameters } from './contract.ts';
import type { ExchangeFilter, SetRequestLog, WatchTraffic } from './exchanges.ts';
import type { ForwardSpecification, RestartForward, StartForward } from './forwardsContract.ts';
import type {
  GatewaySecret,
  GatewayVariables,
  RestoreGateway,
  ServiceLog,
  SetGatewayRequestLog,
  StartGateway,
  StopGateway,
} from './gatewayContract.ts';
import { HOLDER_LIFETIMES, type Holder, type HolderKind } from './holdersContract.ts';

/**
 * Checks a value from a client, and returns a copy without unknown fields. Unknown fields must not remain, because the
 * host stores the value and shows it to all other clients.
 * @param name the name of the value in the error
 * @throws CodedError `USAGE` if the value is invalid
 */
export type Check<T> = (value: unknown, name: string) => T;

/**
 * The maximum length of a text in a request, in UTF-16 code units. A request with a longer text fails. No path, name or
 * label needs more.
 */
const TEXT_LIMIT = 4_096;
/**
 * The maximum length of an environment variable, in UTF-16 code units. A request with a longer variable fails. Linux
 * has the same limit, but in bytes (`MAX_ARG_STRLEN`, 32 pages).
 */
const VARIABLE_LIMIT = 131_072;
/**
 * The maximum number of namespaces in a request for a gateway. A request with more fails, because the host has to watch
 * each namespace in the cluster.
 */
const NAMESPACE_LIMIT = 50;
/**
 * The maximum number of secrets in a request to start a gateway. A request with more fails. A program uses such a
 * secret to connect through the gateway (see `GatewaySecret`). Clients send fewer: only the secrets that an earlier
 * host handed over, and those that a window remembers.
 */
const SECRET_LIMIT = 1_000;

const plugins = objectWith<PluginTerms>({
  folders: list(shortText()),
  named: list(shortText()),
  allowed: optional(shortText()),
});
const context = objectWith<ContextReference>({
  kubeconfig: shortText(),
  context: shortText(),
  plugins: optional(plugins),
});
const namespacedView = {
  context,
  namespace: namespaceName,
  filter: optional(shortText()),
  limit: finiteNumber,
};

export const files = list(shortText());

const objectTarget = objectWith<TargetReference>({
  context,
  namespace: namespaceName,
  kind: oneOf(TARGET_KINDS),
  name: objectName,
});
const selectorTarget = objectWith<TargetReference>({
  context,
  namespace: namespaceName,
  kind: oneOf(['selector'] as const),
  name: labelSelector,
});

export const target: Check<TargetReference> = (value, name) => {
  const check = record(value, name)['kind'] === 'selector' ? selectorTarget : objectTarget;
  return check(value, name);
};

export const environment: Check<InitializeParameters['environment']> = (value, name) => {
  const variables = Object.entries(record(value, name));
  return Object.fromEntries(
    variables.map(([key, entry]) => [key, shortText(VARIABLE_LIMIT)(entry, `${name}.${key}`)]),
  );
};

export const initializeParameters: Check<InitializeParameters> = objectWith<InitializeParameters>({
  protocol: finiteNumber,
  client: objectWith<InitializeParameters['client']>({ name: shortText(), version: shortText() }),
  environment,
  kubeconfigFiles: files,
  runtime: optional(shortText()),
});

export const restart: Check<RestartForward> = objectWith<RestartForward>({
  id: shortText(),
  plugins: optional(plugins),
});

/**
 * Only the types of the fields are checked here. `checkSpecification` in the host checks the values of ports and
 * addresses.
 */
const specificationFields = {
  target,
  remotePort: (value: unknown, name: string) =>
    typeof value === 'string' ? shortText()(value, name) : finiteNumber(value, name),
  localPort: objectWith<LocalPort>({
    mode: oneOf(['exact', 'preferred'] as const),
    port: finiteNumber,
  }),
  address: shortText(),
  label: optional(shortText()),
  portName: optional(shortText()),
  appProtocol: optional(shortText()),
  transport: optional(oneOf(TRANSPORTS)),
  podRunningTimeoutMs: optional(finiteNumber),
  waitForTargetMs: optional(finiteNumber),
  requiresReady: optional(boolean),
  clientToken: optional(shortText()),
  requestLog: optional(oneOf(REQUEST_LOG_MODES)),
};

export const specification: Check<ForwardSpecification> =
  objectWith<ForwardSpecification>(specificationFields);

export const holder: Check<Holder> = objectWith<Holder>({
  id: shortText(),
  kind: oneOf(Object.keys(HOLDER_LIFETIMES) as HolderKind[]),
  name: optional(shortText()),
  window: optional(shortText()),
});

export const start: Check<StartForward> = objectWith<StartForward>({
  ...specificationFields,
  holder: optional(holder),
});

export const exchangeFilter: Check<ExchangeFilter> = objectWith<ExchangeFilter>({
  forward: optional(shortText()),
});
export const requestLog: Check<SetRequestLog> = objectWith<SetRequestLog>({
  forward: shortText(),
  mode: oneOf(REQUEST_LOG_MODES),
});
export const trafficWatch: Check<WatchTraffic> = objectWith<WatchTraffic>({
  forward: optional(shortText()),
  range: oneOf(TRAFFIC_RANGES),
});

const namespaces: Check<readonly string[]> = (value, name) => {
  const checked = list(namespaceName)(value, name);
  if (checked.length === 0) throw wrong(name, 'is empty');
  if (checked.length > NAMESPACE_LIMIT) throw wrong(name, `has more than ${NAMESPACE_LIMIT} namespaces`);
  return checked;
};

const secrets: Check<readonly GatewaySecret[]> = (value, name) => {
  const given = objectWith<GatewaySecret>({ secret: shortText(), namespaces: list(namespaceName) });
  const checked = list(given)(value, name);
  if (checked.length > SECRET_LIMIT) throw wrong(name, `has more than ${SECRET_LIMIT} secrets`);
  if (!checked.every(({ secret }) => isProgramSecret(secret))) throw wrong(name, 'has a malformed secret');
  return checked;
};

export const gatewayStart: Check<StartGateway> = objectWith<StartGateway>({
  context,
  namespaces,
  localPort: specificationFields.localPort,
  requestLog: specificationFields.requestLog,
  serviceLogs: optional(
    list(objectWith<ServiceLog>({ service: shortText(), mode: oneOf(REQUEST_LOG_MODES) })),
  ),
  holder: optional(holder),
  secrets: optional(secrets),
});

export const gatewayRequestLog: Check<SetGatewayRequestLog> = objectWith<SetGatewayRequestLog>({
  id: shortText(),
  service: optional(shortText()),
  mode: oneOf(REQUEST_LOG_MODES),
});

export const gatewayStop: Check<StopGateway> = objectWith<StopGateway>({
  id: shortText(),
  namespaces: optional(namespaces),
});

export const gatewayRestore: Check<RestoreGateway> = objectWith<RestoreGateway>({
  id: shortText(),
  holder,
  namespaces: optional(namespaces),
  context: optional(context),
});

export const variablesQuery: Check<GatewayVariables> = objectWith<GatewayVariables>({
  id: shortText(),
  namespaces: optional(namespaces),
  java: optional(boolean),
});

export const viewScope: Check<ViewScope> = (value, name) => {
  const type = oneOf(['namespaces', 'pods', 'services', 'workloads'] as const)(
    record(value, name).type,
    `${name}.type`,
  );
  if (type === 'namespaces')
    return { type, ...objectWith<{ context: ContextReference }>({ context })(value, name) };
  return {
    type,
    ...objectWith<Omit<Extract<ViewScope, { namespace: string }>, 'type'>>(namespacedView)(value, name),
  };
};

/**
 * Returns a check of an object: each field must pass its check, and other fields are removed. Missing optional fields
 * stay missing.
 */
export function objectWith<T extends object>(fields: { readonly [K in keyof T]-?: Check<T[K]> }): Check<T> {
  return (value, name) => {
    const given = record(value, name);
    const checked: Record<string, unknown> = {};
    for (const key of Object.keys(fields)) {
      const entry = fields[key as keyof T](given[key], `${name}.${key}`);
      if (entry !== undefined) checked[key] = entry;
    }
    return checked as T;
  };
}

export function shortText(limit = TEXT_LIMIT): Check<string> {
  return (value, name) => {
    if (typeof value !== 'string') throw wrong(name, 'is not a string');
    if (value.length > limit) throw wrong(name, `is longer than ${limit} characters`);
    return value;
  };
}

/**
 * Checks the name of a Kubernetes object, which becomes a part of API paths. With an invalid character such as `/`, a
 * request could reach another path.
 */
function objectName(value: unknown, name: string): string {
  const checked = shortText()(value, name);
  if (!isObjectName(checked)) throw wrong(name, 'is not a valid object name');
  return checked;
}

function namespaceName(value: unknown, name: string): string {
  const checked = shortText()(value, name);
  if (!isNamespaceName(checked)) throw wrong(name, 'is not a valid name of a namespace');
  return checked;
}

function labelSelector(value: unknown, name: string): string {
  const checked = shortText()(value, name);
  if (!isLabelSelector(checked)) throw wrong(name, 'is not a valid label selector');
  return checked;
}

export function finiteNumber(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(name, 'is not a number');
  return value;
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw wrong(name, 'is not true or false');
  return value;
}

function oneOf<T extends string>(known: readonly T[]): Check<T> {
  return (value, name) => {
    const found = known.find((candidate) => candidate === value);
    if (found === undefined) throw wrong(name, `is not one of ${known.join(', ')}`);
    return found;
  };
}

function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw wrong(name, 'is not a list');
    return value.map((entry, index) => check(entry, `${name}[${index}]`));
  };
}

/**
 * Returns a check that also accepts a missing value: `undefined`, or `null`, which some clients send because JSON has
 * no `undefined`.
 */
function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, name) => (value === undefined || value === null ? undefined : check(value, name));
}

function record(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(name, 'is not an object');
  return value as Readonly<Record<string, unknown>>;
}

function wrong(name: string, reason: string): CodedError {
  return usage(`${name} ${reason}`);
}
