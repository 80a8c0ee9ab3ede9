import type { Disposable } from '../../base/disposable.ts';
import type { Event } from '../../base/event.ts';
import type { NotificationType, RequestType, RequestType0, RetireResult } from '../../rpc/contract.ts';

/** An older host that was replaced, with the forwards of windows like this one. */
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

/** Connects a window to a forward host. */
export interface HostLauncher {
  /** Joins a running host. Undefined if none runs. Starts nothing. */
  find(signal: AbortSignal): Promise<HostConnection | undefined>;
  /** Joins the running host, or starts one. Rejects with a CodedError if it does not start. */
  start(signal: AbortSignal): Promise<HostConnection>;
}
