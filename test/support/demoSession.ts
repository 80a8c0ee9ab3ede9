import type { Clock } from '../../src/base/async.ts';
import { Emitter } from '../../src/base/event.ts';
import type { DemoCluster } from '../../src/demo/entry.ts';
import type { ForwardNotice } from '../../src/kinds/forwardNotice.ts';
import { parseTarget } from '../../src/kinds/target.ts';
import { connectCluster } from '../../src/kube/cluster/cluster.ts';
import type { RestConfig } from '../../src/rest/restConfig.ts';
import { KubeTarget } from '../../src/session/kubeTarget.ts';
import { RestServerProbe } from '../../src/session/serverProbe.ts';
import { Session } from '../../src/session/session.ts';
import type { SessionOptions } from '../../src/session/sessionOptions.ts';
import type { SessionState } from '../../src/session/state.ts';
import { demoRestConfig, type TestEnd } from './demoForward.ts';
import { fastClock } from './fastClock.ts';

export interface DemoSessionOptions extends Partial<SessionOptions> {
  readonly requiresReady?: boolean;
  readonly restConfig?: RestConfig;
  /** How many times faster than real time the session's clock runs. Optional, default 1. */
  readonly speed?: number;
}

/**
 * A {@link Session} that forwards a free local port to a target in the demo cluster's namespace `demo`. Records the
 * notices and states of the session. The session ends with the test.
 */
export class DemoSession {
  readonly session: Session;
  readonly notices: ForwardNotice[] = [];
  readonly states: SessionState[] = [];
  readonly wake = new Emitter<void>();
  readonly clock: Clock;
  /** Ends the session before the end of the test. */
  readonly close: () => Promise<void>;

  constructor(
    test: TestEnd,
    demo: DemoCluster,
    target: string,
    remotePort: number | string,
    options: DemoSessionOptions = {},
  ) {
    const { requiresReady = false, speed = 1, restConfig = demoRestConfig(demo), ...more } = options;
    this.clock = fastClock(speed);
    const cluster = connectCluster(restConfig, this.clock);
    this.session = new Session({
      target: new KubeTarget({
        access: () => Promise.resolve({ restConfig, cluster }),
        target: parseTarget(target),
        namespace: 'demo',
        remotePorts: [remotePort],
        followsTarget: more.reconnects ?? true,
        requiresReady,
        clock: this.clock,
      }),
      listen: { localPorts: [{ mode: 'exact', port: 0 }], addresses: ['127.0.0.1'] },
      probe: new RestServerProbe(this.clock),
      onDidWake: this.wake.event,
      clock: this.clock,
      ...more,
    });
    this.session.onDidNotice((notice) => this.notices.push(notice));
    this.session.onDidChange((state) => this.states.push(state));
    this.close = async () => {
      await this.session.stop();
      cluster.dispose();
    };
    test.after(this.close);
  }

  get port(): number {
    return this.session.addresses[0]?.localPort ?? 0;
  }

  /** Resolves with the first matching state: the current one or a later one. */
  until(fits: (state: SessionState) => boolean): Promise<SessionState> {
    return new Promise((resolve) => {
      const { state } = this.session;
      if (fits(state)) return resolve(state);
      const subscription = this.session.onDidChange((next) => {
        if (!fits(next)) return;
        subscription.dispose();
        resolve(next);
      });
    });
  }

  /**
   * Resolves with the name of the pod when the session is ready. If `after` is given, waits for a pod with another
   * name.
   */
  async ready(after?: string): Promise<string> {
    const state = await this.until((now) => now.type === 'ready' && now.pod.name !== after);
    return state.type === 'ready' ? state.pod.name : '';
  }

  /** Resolves when the session is no longer ready. */
  async notReady(): Promise<SessionState> {
    return await this.until(({ type }) => type !== 'ready');
  }
}
