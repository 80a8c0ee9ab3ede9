import * as vscode from 'vscode';
import { VIEWS } from '../../contributions.ts';
import type { ForwardSnapshot, ForwardSpecification, PortRow, TargetReference } from '../../rpc/contract.ts';
import { targetText } from '../present/forwardText.ts';
import { forwardablePorts, type PortChoice, withDeclared } from '../present/portInput.ts';
import { pickPort, typePort } from '../prompts/pickPort.ts';
import type { Answer } from '../prompts/quickPick.ts';
import { readSetting } from '../settings.ts';
import type { ForwardMessages } from './forwardMessages.ts';
import type { ForwardsModel } from './forwardsModel.ts';
import type { LastLocalPorts } from './lastLocalPorts.ts';
import { preferredLocalPort } from './preferredLocalPort.ts';

/** Starts forwards for targets that the user chose. Asks only what is not clear. */
export class ForwardStarter {
  readonly #model: ForwardsModel;
  readonly #messages: ForwardMessages;
  readonly #ports: LastLocalPorts;

  constructor(model: ForwardsModel, messages: ForwardMessages, ports: LastLocalPorts) {
    this.#model = model;
    this.#messages = messages;
    this.#ports = ports;
  }

  /** A single declared port is used right away. Resolves when the user has answered, while the forward still starts. */
  async forward(
    target: TargetReference,
    declared: readonly PortRow[],
    canGoBack = false,
  ): Promise<Answer<PortChoice>> {
    const ports = forwardablePorts(declared);
    const [only] = ports;
    const answer: Answer<PortChoice> =
      ports.length === 1 && only !== undefined
        ? { type: 'picked', value: { remote: only.number } }
        : ports.length === 0
          ? await typePort(targetText(target))
          : await pickPort(targetText(target), ports, canGoBack);
    if (answer.type === 'picked') this.#start(target, withDeclared(answer.value, declared));
    return answer;
  }

  /** Starts a forward for every port that the targets declare, and shows one message for all. */
  async forwardAll(
    targets: readonly { readonly target: TargetReference; readonly ports: readonly PortRow[] }[],
  ): Promise<void> {
    const chosen = targets.flatMap(({ target, ports }) =>
      forwardablePorts(ports).map((port) => ({ target, choice: { remote: port.number, declared: port } })),
    );
    const [only] = chosen;
    if (only === undefined) return;
    if (chosen.length === 1) return this.#start(only.target, only.choice);
    const outcomes = await vscode.window.withProgress({ location: { viewId: VIEWS.forwards } }, () =>
      Promise.allSettled(
        chosen.map(async ({ target, choice }) => this.#model.start(await this.#specify(target, choice))),
      ),
    );
    this.#messages.showOutcomes(outcomes);
  }

  /** Asks for the port even if the target declares one. */
  async forwardTyped(target: TargetReference, declared: readonly PortRow[]): Promise<void> {
    const answer = await typePort(targetText(target));
    if (answer.type === 'picked') this.#start(target, withDeclared(answer.value, declared));
  }

  /** Shows progress in the view until the request settles, then its result. `existing`: the forward concerned, optional. */
  async follow(outcome: Promise<ForwardSnapshot>, existing?: ForwardSnapshot): Promise<void> {
    try {
      const forward = await vscode.window.withProgress(
        { location: { viewId: VIEWS.forwards } },
        () => outcome,
      );
      this.#messages.showOutcome(forward);
    } catch (error) {
      this.#messages.showError(error, existing);
    }
  }

  showOutcome(forward: ForwardSnapshot): void {
    this.#messages.showOutcome(forward);
  }

  #start(target: TargetReference, port: PortChoice): void {
    this.follow(this.#specify(target, port).then((wanted) => this.#model.start(wanted))).catch(() => {});
  }

  async #specify(target: TargetReference, port: PortChoice): Promise<ForwardSpecification> {
    const last = this.#ports.of(target, port.remote);
    const mustAsk = typeof port.remote === 'string' && port.local === undefined && last === undefined;
    const number =
      typeof port.remote === 'number'
        ? port.remote
        : mustAsk
          ? await this.#model.portNumber(target, port.remote)
          : undefined;
    return specification(target, port, preferredLocalPort(number, last));
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
    ...(declared?.name !== undefined && { portName: declared.name }),
    ...(declared?.appProtocol !== undefined && { appProtocol: declared.appProtocol }),
    ...(transport === 'auto' ? {} : { transport }),
  };
}
