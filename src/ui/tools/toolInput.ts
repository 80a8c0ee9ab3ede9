import { defined } from '../../base/defined.ts';
import { type CodedError, usage } from '../../base/errors.ts';
import { TOOLS } from '../../contributions.ts';
import { isPort, isRemotePort, parsePortNumber, parseRemotePort } from '../../kinds/ports.ts';
import { formatTarget, isNamespaceName, readTarget } from '../../kinds/target.ts';
import { KINDS_TEXT } from '../../kinds/targetKinds.ts';

/**
 * The validated input of the tool that starts a forward. The functions of this file validate the input of all tools,
 * because VS Code does not check the input against the schema in package.json. Their error messages are in English,
 * because the agent reads them.
 */
export interface StartInput {
  readonly context: string;
  readonly namespace: string;
  readonly target: string;
  readonly remotePort: number | string;
  readonly localPort?: number;
}

export interface ListTargetsInput {
  readonly context?: string;
  readonly namespace?: string;
  readonly filter?: string;
}

export interface ListRequestsInput {
  readonly forward?: string;
  readonly filter?: string;
}

export interface OpenNamespaceInput {
  readonly context: string;
  readonly namespace: string;
}

type Given = Readonly<Record<string, unknown>>;

const CONTEXT = `"context": the name of a kubeconfig context, as listed by ${TOOLS.listTargets} without input`;
const NAMESPACE = `"namespace": the name of a namespace, as listed by ${TOOLS.listTargets} with a context`;
const TARGET = `"target": TYPE/NAME with TYPE one of ${KINDS_TEXT}, for example "service/web"`;
const REMOTE_PORT = '"remotePort": a number from 1 to 65535, or the name of a port of the target';
const LOCAL_PORT = '"localPort": a number from 1 to 65535; leave it out for any free port';
const FILTER = '"filter": part of a name';
const REQUEST_FILTER = '"filter": terms separated by spaces, for example "status:5xx path:/api"';
const FORWARD = `"forward": the id of a forward, as listed by ${TOOLS.listForwards}`;
const ID = `"id": the id of a forward or of open namespaces, as listed by ${TOOLS.listForwards} and ${TOOLS.listNames}`;

/** @throws CodedError `USAGE` that says what input the tool expects */
export function readStartInput(input: unknown): StartInput {
  const given = readObject(input, ['context', 'namespace', 'target', 'remotePort', 'localPort']);
  const text = required(given, 'target', TARGET);
  const target = readTarget(text);
  if (target === undefined) throw give(TARGET, text);
  const localPort = readLocalPort(given['localPort']);
  return {
    context: required(given, 'context', CONTEXT),
    namespace: readNamespace(required(given, 'namespace', NAMESPACE)),
    // A name without a type is a pod, as in kubectl. Adds the type (`pod/web`), so that the question to the user shows
    // what will be forwarded.
    target: formatTarget(target),
    remotePort: readRemotePort(given['remotePort']),
    ...(localPort === 0 ? {} : { localPort }),
  };
}

/** @throws CodedError `USAGE` that says what input the tool expects */
export function readStopInput(input: unknown): string {
  return required(readObject(input, ['id']), 'id', ID);
}

/** @throws CodedError `USAGE` that says what input the tool expects */
export function readListTargetsInput(input: unknown): ListTargetsInput {
  const given = readObject(input, ['context', 'namespace', 'filter']);
  const context = optional(given, 'context', CONTEXT);
  const namespace = optional(given, 'namespace', NAMESPACE);
  const filter = optional(given, 'filter', FILTER);
  if (namespace !== undefined && context === undefined) throw give(CONTEXT);
  return {
    ...defined({ context }),
    ...(namespace === undefined ? {} : { namespace: readNamespace(namespace) }),
    ...defined({ filter }),
  };
}

/** @throws CodedError `USAGE` that says what input the tool expects */
export function readListRequestsInput(input: unknown): ListRequestsInput {
  const given = readObject(input, ['forward', 'filter']);
  const forward = optional(given, 'forward', FORWARD);
  const filter = optional(given, 'filter', REQUEST_FILTER);
  return defined({ forward, filter });
}

/** @throws CodedError `USAGE` that says what input the tool expects */
export function readOpenNamespaceInput(input: unknown): OpenNamespaceInput {
  const given = readObject(input, ['context', 'namespace']);
  return {
    context: required(given, 'context', CONTEXT),
    namespace: readNamespace(required(given, 'namespace', NAMESPACE)),
  };
}

/** @throws CodedError `USAGE` that says what input the tool expects */
export function readNoInput(input: unknown): void {
  readObject(input, []);
}

function readObject(input: unknown, names: readonly string[]): Given {
  const given = input ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) throw usage('The input must be an object.');
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown === undefined) return given as Given;
  const known = names.map((name) => `"${name}"`).join(', ');
  throw usage(
    known === ''
      ? `This tool has no input "${unknown}". It takes no input.`
      : `This tool has no input "${unknown}". Use only ${known}.`,
  );
}

function required(given: Given, name: string, rule: string): string {
  const value = optional(given, name, rule);
  if (value === undefined) throw give(rule);
  return value;
}

/**
 * Returns an input as text. Undefined if the input is missing or empty: some agents send an empty string for an input
 * that they omit.
 */
function optional(given: Given, name: string, rule: string): string | undefined {
  const value = given[name] ?? '';
  if (typeof value !== 'string') throw give(rule, value);
  const text = value.trim();
  return text === '' ? undefined : text;
}

function readNamespace(text: string): string {
  if (!isNamespaceName(text)) throw give(NAMESPACE, text);
  return text;
}

/** Returns the number or name of a port. Also accepts a number in a string, because agents may send `"80"`. */
function readRemotePort(value: unknown): number | string {
  if (value === undefined || value === null || value === '') throw give(REMOTE_PORT);
  const port = typeof value === 'string' ? parseRemotePort(value.trim()) : value;
  if (isRemotePort(port)) return port;
  throw give(REMOTE_PORT, value);
}

function readLocalPort(value: unknown): number {
  const port = typeof value === 'string' ? parsePortNumber(value.trim() || '0') : (value ?? 0);
  if (isPort(port, 0)) return port;
  throw give(LOCAL_PORT, value);
}

function give(rule: string, given?: unknown): CodedError {
  return usage(given === undefined ? `Specify ${rule}.` : `Specify ${rule}, not ${JSON.stringify(given)}.`);
}
