import type { CodedError } from '../../base/errors.ts';
import { exportLines, shellKind } from '../../base/shells.ts';
import { printable } from '../../base/text.ts';
import { type GatewayAddresses, type NamedService, reasonForNoUrl } from '../../kinds/gateway.ts';
import { serviceName } from '../../kinds/localhostName.ts';
import type { Shell } from '../commands.ts';
import { jsonLine } from '../jsonLine.ts';

/** The facts about a gateway that are printed. The gateway may run in this process or in the host. */
export interface ShownProxy extends GatewayAddresses {
  readonly namespaces: readonly string[];
  readonly services: readonly NamedService[];
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Returns the text that is printed when the gateway is ready. The text contains commands with which a shell sets the
 * environment variables of the proxy.
 * @param shell undefined for the default shell of {@link exportText}
 */
export function proxyText(shown: ShownProxy, shell: Shell | undefined): string {
  const { localPort, url, namespaces, services, proxyUrl, socksUrl, variables } = shown;
  const rows = services.map((service) => {
    const reason = reasonForNoUrl(service);
    return [
      printable(serviceName(service)),
      reason === undefined ? (service.url ?? '') : `(${reason})`,
      service.hasSelector ? `${service.readyPods} of ${service.pods} pods ready` : '',
    ];
  });
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return [
    `Services in ${namespaces.map(printable).join(', ')}, available by name on port ${localPort}:`,
    ...rows.map((row) =>
      `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
    ),
    `In a browser: ${url}`,
    `HTTP proxy: ${proxyUrl}   SOCKS proxy: ${socksUrl}`,
    'For programs that use only these services (with --env or -- COMMAND, they also reach other servers):',
    ...exportText(variables, shell).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/**
 * Returns one line for each variable, as a command with which a shell sets the variable.
 * @param shell optional, default PowerShell on Windows and bash on other systems. All POSIX shells accept the lines for
 *   bash
 */
export function exportText(
  variables: Readonly<Record<string, string>>,
  shell: Shell = process.platform === 'win32' ? 'powershell' : 'bash',
): readonly string[] {
  return exportLines(variables, shellKind(shell));
}

/** Returns the fields of the JSON events `ready` and `detached`, which `proxy -o json` prints. */
export function proxyFields(shown: ShownProxy): object {
  const { url, localPort, proxyUrl, socksUrl, namespaces, services, variables } = shown;
  return {
    ...{ url, localPort, proxyUrl, socksUrl, namespaces },
    services: services.map(({ namespace, name, url, hasSelector, readyPods, pods }) => ({
      ...{ namespace, name, url, hasSelector, readyPods, pods },
    })),
    variables,
  };
}

/** Returns one JSON event as a line, like the events of a forward. */
export function jsonEvent(event: string, fields: object = {}): string {
  return `${jsonLine({ time: new Date().toISOString(), event, ...fields })}\n`;
}

/** Returns the line that reports a connection that the gateway has refused. @param destination undefined if unknown */
export function refusedText(error: CodedError, destination: string | undefined): string {
  const where = destination === undefined ? '' : ` to ${destination}`;
  return `${printable(`connection${where} refused: ${error.message}`)}\n`;
}
