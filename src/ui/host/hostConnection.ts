import type { Disposable } from '../../base/disposable.ts';
import type { Event } from '../../base/event.ts';
import type { NotificationType, RequestType, RequestType0, RetireResult } from '../../rpc/contract.ts';

/** A host of an older version that made way for this one, and what it had forwarded for windows like this. */
export type ReplacedHost = RetireResult & { readonly version: string };

/** An open, initialized connection to a forward host. */
export interface HostConnection extends Disposable {
  readonly replaced: ReplacedHost | undefined;
  request<R>(type: RequestType0<R>): Promise<R>;
  request<P, R>(type: RequestType<P, R>, parameters: P): Promise<R>;
  onNotification<P>(type: NotificationType<P>, listener: (parameters: P) => void): Disposable;
  /** Fires once when the connection ends without having been disposed of: the host is gone. */
  readonly onDidClose: Event<void>;
}

/** How a window comes to a forward host. */
export interface HostLauncher {
  /** Joins a host that runs already; undefined where none does. Starts nothing. */
  find(signal: AbortSignal): Promise<HostConnection | undefined>;
  /** Joins the host that runs already, or starts one. Rejects with a coded error where none comes up. */
  start(signal: AbortSignal): Promise<HostConnection>;
}
