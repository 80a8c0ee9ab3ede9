import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { VIEWS } from '../../contributions.ts';
import type { DeclaredPort } from '../../kinds/ports.ts';
import type { TargetReference } from '../../rpc/clustersContract.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../../rpc/forwardsContract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import { targetText } from '../present/forwardText.ts';
import { forwardablePorts, type PortChoice, withDeclared } from '../present/portInput.ts';
import type { Answer } from '../prompts/quickPick.ts';
import { readSetting } from '../settings.ts';
import type { ForwardMessages } from './forwardMessages.ts';
import type { ForwardsModel } from './forwardsModel.ts';
import type { LastLocalPorts } from './lastLocalPorts.ts';
import { preferredLocalPort } from './preferredLocalPort.ts';

/** Starts forwards for targets that the user chose, and asks the user for the port if needed. */
export class ForwardStarter {
  readonly #model: ForwardsModel;
  readonly #messages: ForwardMessages;
  readonly #ports: LastLocalPorts;

  constructor(model: ForwardsModel, messages: ForwardMessages, ports: LastLocalPorts) {
    this.#model = model;
    this.#messages = messages;
    this.#ports = ports;
  }

  /**
   * Starts a forward to the only TCP port that the target declares. If the target declares no TCP port or several, asks
   * the user for the port. Resolves with the type `picked` and the port, without waiting until the forward has started.
   * If the user cancels or goes back, starts nothing and resolves with another type.
   * @param canGoBack whether the user can return to an earlier question; optional, default false
   */
  async forward(
    target: TargetReference,
    declared: readonly DeclaredPort[],
    canGoBack = false,
  ): Promise<Answer<PortChoice>> {
    const ports = forwardablePorts(declared);
    const [only] = ports;
    const answer: Answer<PortChoice> =
      ports.length === 1 && only !== undefined
        ? { type: 'picked', value: { remote: only.number } }
        : ports.length === 0
          ? await (await import('../onFirstUse.ts')).typePort(targetText(target))
          : await (await import('../onFirstUse.ts')).pickPort(targetText(target), ports, canGoBack);
    if (answer.type === 'picked') this.#start(target, withDeclared(answer.value, declared));
    return answer;
  }

  /**
   * Starts a forward for every TCP port that the targets declare. Shows one message with the number of forwards that
   * are ready, and a separate message for each forward that is not ready.
   */
  async forwardAll(
    targets: readonly { readonly target: TargetReference; readonly ports: readonly DeclaredPort[] }[],
  ): Promise<void> {
    const chosen = targets.flatMap(({ target, ports }) =>
      forwardablePorts(ports).map((port) => ({ target, choice: { remote: port.number, declared: port } })),
    );
    const [only] = chosen;
    if (only === undefined) return;
    if (chosen.length === 1) return this.#start(only.target, only.choice);
    const started = chosen.map(({ target, choice }) => this.#model.start(this.#specify(target, choice)));
    this.#messages.showOutcomes(await this.showProgress(Promise.allSettled(started)));
  }

  /** Asks the user to type the port, even if the target declares ports, and then starts the forward. */
  async forwardTyped(target: TargetReference, declared: readonly DeclaredPort[]): Promise<void> {
    const { typePort } = await import('../onFirstUse.ts');
    const answer = await typePort(targetText(target));
    if (answer.type === 'picked') this.#start(target, withDeclared(answer.value, declared));
  }

  /**
   * Starts a forward, and shows progress in the Forwards view. Resolves when the forward is ready, has failed, or tries
   * again after its first failure. The caller must show the result.
   */
  begin(target: TargetReference, port: PortChoice): Promise<ForwardSnapshot> {
    return this.showProgress(this.#model.start(this.#specify(target, port)));
  }

  /**
   * Shows progress in the Forwards view while a forward starts, restarts or changes. Then shows a message with the
   * result.
   * @param outcome the answer of the host to the request that starts, restarts or changes the forward
   * @param existing the forward that the request changes; optional, default: the request starts a forward
   */
  async follow(outcome: Promise<ForwardSnapshot>, existing?: ForwardSnapshot): Promise<void> {
    try {
      this.#messages.showOutcome(await this.showProgress(outcome));
    } catch (error) {
      // The user has stopped the forward meanwhile, and knows that. So no message is needed.
      if (toErrorInfo(error).code !== 'STOPPED') this.#messages.showError(error, existing);
    }
  }

  /** Shows progress in the Forwards view while a forward starts (see {@link withStartProgress}). */
  showProgress<T>(outcome: Promise<T>): Promise<T> {
    return withStartProgress(this.#model, outcome);
  }

  showOutcome(forward: ForwardSnapshot): void {
    this.#messages.showOutcome(forward);
  }

  #start(target: TargetReference, port: PortChoice): void {
    this.follow(this.#model.start(this.#specify(target, port))).catch(() => {});
  }

  #specify(target: TargetReference, port: PortChoice): ForwardSpecification {
    const { remote } = port;
    const number = typeof remote === 'number' ? remote : undefined;
    return specification(target, port, preferredLocalPort(number, this.#ports.of(target, remote)));
  }
}

function specification(
  target: TargetReference,
  { remote, local, declared }: PortChoice,
  preferred: number,
): ForwardSpecification {
  const transport = readSetting('transport');
  return {
    target,
    remotePort: remote,
    localPort:
      local !== undefined && local !== 0
        ? { mode: 'exact', port: local }
        : { mode: 'preferred', port: local ?? preferred },
    address: readSetting('bindAddress'),
    ...defined({ portName: declared?.name, appProtocol: declared?.appProtocol }),
    ...(transport === 'auto' ? {} : { transport }),
  };
}

/**
 * Shows progress in the Forwards view while a forward starts. The progress ends as soon as the list of forwards
 * changes, because the row of the new forward then shows its own progress. It also ends when `outcome` settles. Returns
 * the result of `outcome`.
 */
export async function withStartProgress<T>(
  model: Pick<ForwardsModel, 'onDidChange'>,
  outcome: Promise<T>,
): Promise<T> {
  const { promise: changed, resolve } = Promise.withResolvers<void>();
  const subscription = model.onDidChange(() => resolve());
  vscode.window
    .withProgress({ location: { viewId: VIEWS.forwards } }, () => changed)
    .then(undefined, () => {});
  try {
    return await outcome;
  } finally {
    subscription.dispose();
    resolve();
  }
}
