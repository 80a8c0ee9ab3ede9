/**
 * The kinds of holders (users of a forward, see {@link Holder}), and how long a holder of each kind lasts if it is not
 * released before: until its client disconnects (`client`), until the host ends (`host`), or without a limit
 * (`always`).
 */
export const HOLDER_LIFETIMES = {
  /**
   * A window in which the user started the forward. The forward continues when the window closes, until the host ends.
   */
  window: 'host',
  task: 'client',
  /** Another extension, through the API. */
  extension: 'client',
  /** A chat agent. */
  tool: 'client',
  /**
   * A terminal in which the user started the forward with `--detach`. The host keeps running for this holder, even
   * without clients.
   */
  terminal: 'always',
} as const satisfies Record<string, 'client' | 'host' | 'always'>;

export type HolderKind = keyof typeof HOLDER_LIFETIMES;

/**
 * A window, terminal, task or other user of a forward. A forward runs until its last holder is released, or until
 * somebody stops it for all holders.
 */
export interface Holder {
  /** A unique id that the client chooses: a UUID. The client releases the holder by this id. */
  readonly id: string;
  readonly kind: HolderKind;
  /** The name that users see for the holder, such as the name of a task. */
  readonly name?: string;
  /** The name that users see for the VS Code window of the holder: the name of the window's workspace. */
  readonly window?: string;
}

export interface HolderSnapshot extends Holder {
  /** True if the client of the holder has disconnected, but the holder has not been released. */
  readonly hasLeft?: true;
}
