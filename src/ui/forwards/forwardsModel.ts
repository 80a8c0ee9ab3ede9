import { isCoded, isPermissionProblem } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { LocalPort } from '../../kinds/ports.ts';
import { listPorts } from '../../rpc/clustersContract.ts';
import {
  changeLocalPort,
  type ForwardSnapshot,
  type ForwardSpecification,
  forwardsChanged,
  listForwards,
  releaseForward,
  restartForward,
  restoreForward,
  setLabel,
  startForward,
  stopAllForwards,
  stopForward,
} from '../../rpc/forwardsContract.ts';
import type { Holder } from '../../rpc/holdersContract.ts';
import type { HostConnector } from '../host/hostConnector.ts';
import { HostList, restartSpecification, unlessEnded } from '../host/hostList.ts';
import { WindowHolders } from '../host/windowHolders.ts';
import { dependsOnName, localPortByName } from './preferredLocalPort.ts';

/**
 * The forwards of all windows and terminals. Also creates and remembers the holders of this window. A holder is one
 * user of a forward, such as the window itself or a task.
 */
export class ForwardsModel extends HostList<ForwardSpecification, ForwardSnapshot> {
  readonly #isFocused: () => boolean;
  readonly #readDefaults: () => Partial<ForwardSpecification>;
  readonly #failed = this.own(new Emitter<readonly ForwardSnapshot[]>());

  /**
   * Fires with forwards that failed after they were ready. Always includes the forwards that this window, or a task, an
   * extension or a tool of this window, uses. Includes all other forwards only while this window has the focus, so that
   * not every window reports the same failure.
   */
  readonly onDidFail = this.#failed.event;

  /**
   * @param isFocused returns whether the window has the focus
   * @param windowName returns the name of this window, which other windows show in lists of the holders of a forward;
   *   optional, default none
   * @param readDefaults returns the settings that apply to every new forward; optional, default none
   */
  constructor(
    host: HostConnector,
    isFocused: () => boolean,
    windowName: () => string | undefined = () => undefined,
    readDefaults: () => Partial<ForwardSpecification> = () => ({}),
  ) {
    super(host, new WindowHolders(windowName), {
      ...{ list: listForwards, changed: forwardsChanged, release: releaseForward, restore: restoreForward },
      moved: ({ forwards }) => forwards,
    });
    this.#isFocused = isFocused;
    this.#readDefaults = readDefaults;
  }

  start(specification: ForwardSpecification, holder: Holder = this.holders.person): Promise<ForwardSnapshot> {
    const defaults = this.#readDefaults();
    const { target, remotePort, localPort: wanted } = specification;
    const send = (localPort: LocalPort) =>
      this.host.request(startForward, { ...defaults, ...specification, localPort, holder });
    if (!dependsOnName(specification)) return send(wanted);
    return this.host.request(listPorts, target).then(
      (ports) => send(localPortByName(remotePort, ports)),
      (error) => {
        // The window asked the user for permission, and the user did not give it. The request to start the forward
        // would ask the same question again. An error of the host is no `CodedError` here, so it does not match: the
        // window may not have asked the user yet.
        if (isCoded(error) && isPermissionProblem(error.code)) throw error;
        // If the ports cannot be listed for another reason, the request to start the forward is sent anyway: the error
        // of this request then tells the user what is wrong.
        return send(wanted);
      },
    );
  }

  /** Stops a forward for all its holders, not only for this window. */
  async stop(id: string): Promise<void> {
    await this.host.request(stopForward, { id }).catch(unlessEnded);
  }

  /**
   * If a forward failed because another forward uses its local port, returns the other forward. Otherwise returns
   * undefined.
   */
  inTheWayOf({ id, state }: ForwardSnapshot): ForwardSnapshot | undefined {
    if (state.type !== 'failed' || state.error.code !== 'PORT_IN_USE') return undefined;
    const port = state.error.arguments['port'];
    return this.all.find((other) => other.id !== id && other.localPort === port);
  }

  /**
   * Solves a conflict that {@link inTheWayOf} found: stops the forward with the id `stopped`, and then restarts the
   * forward with the id `id`, which wants the same local port. Stops nothing if the conflict no longer exists: the user
   * may have removed or restarted one of the two forwards after the message appeared.
   */
  async replace(stopped: string, id: string): Promise<ForwardSnapshot> {
    const forward = this.find(id);
    if (forward !== undefined && forward.state.type !== 'failed') return forward;
    if (forward !== undefined && this.inTheWayOf(forward)?.id === stopped) await this.stop(stopped);
    return this.restart(id);
  }

  /**
   * Stops all forwards and gateways of all windows and terminals. Resolves with the number of stopped forwards and
   * gateways.
   */
  async stopAll(): Promise<number> {
    this.forgetLost();
    return this.host.isConnected ? this.host.request(stopAllForwards) : 0;
  }

  restart(id: string): Promise<ForwardSnapshot> {
    return this.host.request(restartForward, { id });
  }

  changeLocalPort(id: string, port: number): Promise<ForwardSnapshot> {
    return this.host.request(changeLocalPort, { id, port });
  }

  setLabel(id: string, label: string): Promise<void> {
    return this.host.request(setLabel, { id, label });
  }

  /**
   * Returns the specification with which a forward starts again after its host has ended. The forward must get exactly
   * its earlier local port, otherwise it fails. If it used another port, a different forward could get the earlier
   * port, and a program that still uses that port would reach the wrong target.
   */
  protected again(lost: ForwardSnapshot): ForwardSpecification {
    return restartSpecification(lost, 'exact');
  }

  protected override shouldNotify(forward: ForwardSnapshot): boolean {
    return super.shouldNotify(forward) || this.#isFocused();
  }

  protected override onUpdate(before: readonly ForwardSnapshot[]): void {
    const last = new Map(before.map(({ id, state }) => [id, state.type]));
    const failed = this.all.filter((forward) => {
      const type = last.get(forward.id);
      // A forward that fails while it is starting is not reported here: the code that started or restarted the forward
      // reports the error.
      const isNews = type === 'ready' || type === 'reconnecting';
      return isNews && forward.state.type === 'failed' && this.shouldNotify(forward);
    });
    if (failed.length > 0) this.#failed.fire(failed);
  }
}
