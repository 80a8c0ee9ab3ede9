import { printable } from '../../base/text.ts';
import { type DeclaredPort, parsePortNumber, parseRemotePort } from '../../kinds/ports.ts';
import type { Localizer } from './localizer.ts';

/** A port to forward that the user typed or picked. */
export interface PortChoice {
  readonly remote: number | string;
  /** The local port, if the user typed one: the forward uses exactly this port or fails. 0 means any free port. */
  readonly local?: number;
  /**
   * The declared port that the user chose, with its name and protocol. Undefined if the target does not declare the
   * port.
   */
  readonly declared?: DeclaredPort;
}

export type ParsedPort =
  | { readonly type: 'port'; readonly choice: PortChoice }
  | { readonly type: 'invalid'; readonly reason: string };

/**
 * Parses a remote port (`80`, `http`) or LOCAL:REMOTE (`8080:80`; `:80` for any free local port). Ignores `localhost:`
 * or `127.0.0.1:` before LOCAL:REMOTE, because people paste `localhost:8080` from a browser and add `:80`.
 */
export function parsePortInput(l10n: Localizer, text: string): ParsedPort {
  const parts = text
    .trim()
    .replace(/^(localhost|127\.0\.0\.1):(?=.*:)/, '')
    .split(':');
  const [first = '', second] = parts;
  if (text.trim() === '')
    return invalid(l10n.t('Enter a port, such as 80, or LOCAL:REMOTE, such as 8080:80'));
  if (parts.length > 2) return invalid(l10n.t('Enter a port or LOCAL:REMOTE'));
  const remoteText = second ?? first;
  const remote = parseRemotePort(remoteText);
  if (remote === undefined) {
    return invalid(
      l10n.t('"{text}" is not a port: enter a number from 1 to 65535 or a port name', {
        text: remoteText,
      }),
    );
  }
  if (second === undefined) return { type: 'port', choice: { remote } };
  const local = first === '' ? 0 : parsePortNumber(first);
  if (local === undefined) {
    return invalid(
      l10n.t('"{text}" is not a local port: enter a number from 1 to 65535, or 0 for any free port', {
        text: first,
      }),
    );
  }
  return { type: 'port', choice: { remote, local } };
}

/**
 * Returns why a text is not a valid local port; undefined if it is valid. The number 0 is valid and means any free
 * port.
 */
export function localPortProblem(l10n: Localizer, text: string): string | undefined {
  if (parsePortNumber(text.trim()) !== undefined) return undefined;
  return l10n.t('Enter a number from 1 to 65535, or 0 for any free port');
}

/**
 * Returns the choice with `declared` set to the TCP port among `ports` that has the chosen number or name. If there is
 * no such port, returns the choice unchanged.
 */
export function withDeclared(choice: PortChoice, ports: readonly DeclaredPort[]): PortChoice {
  const { remote } = choice;
  const declared = forwardablePorts(ports).find(({ number, name }) => remote === number || remote === name);
  return declared === undefined ? choice : { ...choice, declared };
}

/**
 * Returns the ports that can be forwarded, which are the TCP ports. If several have the same number, returns only the
 * first.
 */
export function forwardablePorts(ports: readonly DeclaredPort[]): readonly DeclaredPort[] {
  const byNumber = new Map<number, DeclaredPort>();
  for (const port of ports) {
    if (port.protocol === 'TCP' && !byNumber.has(port.number)) byNumber.set(port.number, port);
  }
  return [...byNumber.values()];
}

/**
 * Returns what a row or a quick pick shows beside the number of a port: its name, its application protocol, and the
 * container of the pod that declares the port.
 */
export function portDescription(port: DeclaredPort): string {
  return [port.name, port.appProtocol, port.container]
    .filter((part) => part !== undefined)
    .map(printable)
    .join(' · ');
}

/** A port with its name and the container of the pod that declares the port: `80/TCP http (web)`. */
export function portText(port: DeclaredPort): string {
  const name = port.name === undefined ? '' : ` ${printable(port.name)}`;
  const container = port.container === undefined ? '' : ` (${printable(port.container)})`;
  return `${port.number}/${printable(port.protocol)}${name}${container}`;
}

function invalid(reason: string): ParsedPort {
  return { type: 'invalid', reason };
}
