import * as vscode from 'vscode';
import { raceAbort } from '../../base/async.ts';
import { CodedError } from '../../base/errors.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { HeldGateways } from '../forwards/holds.ts';
import type { GatewaysModel, NamespacesToOpen } from '../gateways/gatewaysModel.ts';
import { namesState } from '../gateways/untilNamesReady.ts';
import { gatewayAddress, namespacesText } from '../present/gatewayText.ts';
import type { SharedEnvFile } from './sharedEnvFile.ts';
import type { PartState, TaskPart } from './taskPart.ts';

/** A namespace that a task opens in a gateway. */
export interface TaskNames {
  readonly name: string;
  /** Determines the namespace to open. Rejects if the task names a context that does not exist. */
  readonly wanted: () => Promise<NamespacesToOpen>;
  /**
   * The file with the environment variables through which programs use the gateway. All namespaces of a task share one
   * file.
   */
  readonly envFile: SharedEnvFile;
}

export interface NamesPartServices {
  readonly heldGateways: HeldGateways;
  readonly gateways: GatewaysModel;
}

/**
 * Returns the {@link TaskPart} for a namespace. Its method `hold` opens the namespace in a gateway, with the task as a
 * user (holder) of the gateway. Its method `prepare` writes the environment file.
 * @param task the task's name, which all windows show as the name of the holder
 */
export function namesPart(
  { name, wanted, envFile }: TaskNames,
  task: string,
  { heldGateways, gateways }: NamesPartServices,
): TaskPart {
  const filePart = envFile.addPart();
  return {
    ...{ name, type: 'names', onDidChange: gateways.onDidChange },
    async hold(signal, onState) {
      const opened = await raceAbort(wanted(), signal);
      const { namespaces } = opened;
      const stateOf = (gateway: GatewaySnapshot) => worstState(gateway, namespaces);
      const user = { kind: 'task', name: task } as const;
      const gateway = await heldGateways.hold(opened, user, signal, (now) => onState(stateOf(now)));
      filePart.opened = opened;
      return {
        get state() {
          return gateway.current && stateOf(gateway.current);
        },
        get text() {
          const address = (gateway.current && gatewayAddress(gateway.current)) ?? '';
          return `${address} → ${vscode.l10n.t('all services of {namespaces}', { namespaces: namespacesText(namespaces) })}`;
        },
        async prepare(now) {
          const { current } = gateway;
          if (current === undefined) throw new CodedError('STOPPED');
          await envFile.update(filePart, current, now);
        },
        get isPrepared() {
          return envFile.isCurrentFor(filePart, gateway.current?.localPort);
        },
        async release() {
          try {
            envFile.release(filePart);
          } finally {
            await gateway.release();
          }
        },
      };
    },
  };
}

/** Returns the worst state of any of the namespaces, because the part is ready only if all its namespaces are ready. */
function worstState(gateway: GatewaySnapshot, namespaces: readonly string[]): PartState {
  const states = namespaces.map((namespace) => namesState(gateway, namespace));
  const order: readonly PartState['type'][] = ['stopped', 'failed', 'starting', 'reconnecting', 'ready'];
  const [worst = { type: 'stopped' } as const] = states.sort(
    (a, b) => order.indexOf(a.type) - order.indexOf(b.type),
  );
  return worst;
}
