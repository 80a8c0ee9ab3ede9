import { afterEach, beforeEach } from 'node:test';
import type { Disposable } from '../../src/base/disposable.ts';
import { ContextsModel } from '../../src/ui/clusters/contextsModel.ts';
import { ViewSubscriptions } from '../../src/ui/clusters/viewSubscriptions.ts';
import { ForwardsModel } from '../../src/ui/forwards/forwardsModel.ts';
import { Holds } from '../../src/ui/forwards/holds.ts';
import type { LastLocalPorts } from '../../src/ui/forwards/lastLocalPorts.ts';
import { GatewaysModel } from '../../src/ui/gateways/gatewaysModel.ts';
import { HostConnector } from '../../src/ui/host/hostConnector.ts';
import { RequestsModel } from '../../src/ui/requests/requestsModel.ts';
import type { SavedForward } from '../../src/ui/saved/savedForward.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeHost } from './fakeHost.ts';

/** The data that the views and commands of a VS Code window use. The data comes from a {@link FakeHost}. */
class FakeWindow implements Disposable {
  readonly clock = new FakeClock();
  readonly host = new FakeHost();
  readonly connector = new HostConnector({ launcher: this.host, clock: this.clock });
  /** Whether the window has the focus. Only a focused window reports failures. */
  isFocused = true;
  readonly forwards = new ForwardsModel(
    this.connector,
    () => this.isFocused,
    () => 'shop',
  );
  readonly held = new Holds(this.forwards);
  readonly gateways = new GatewaysModel({
    ...{ host: this.connector, holders: this.forwards.holders, preferredPort: () => 8900 },
  });
  readonly heldGateways = new Holds(this.gateways);
  readonly contexts = new ContextsModel(this.connector);
  readonly views = new ViewSubscriptions(this.connector);
  readonly requests = new RequestsModel(this.connector);
  /** The forwards that are saved in the settings. */
  readonly saved = { forwards: [] as readonly SavedForward[] };
  /** The local port that the window remembers for every target. {@link FakeWindow.ports} returns this port. */
  lastPort: number | undefined;
  readonly ports = { of: () => this.lastPort } as unknown as LastLocalPorts;

  dispose(): void {
    for (const owned of [this.requests, this.views, this.contexts, this.heldGateways, this.gateways])
      owned.dispose();
    for (const owned of [this.held, this.forwards, this.connector]) owned.dispose();
  }
}

/**
 * The window of the running test, and the parts of this window. Each test gets a new window, which is disposed of after
 * the test.
 */
export let window: FakeWindow;
export let host: FakeWindow['host'];
export let connector: FakeWindow['connector'];
export let forwards: FakeWindow['forwards'];
export let gateways: FakeWindow['gateways'];

beforeEach(() => {
  window = new FakeWindow();
  ({ host, connector, forwards, gateways } = window);
});

afterEach(() => window.dispose());
