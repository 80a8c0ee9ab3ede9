import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WAIT_LIMIT_MS } from '../../support/waitLimit.ts';
import { ATTEMPT_LIMIT_MS, START_LIMIT_MS, waitFor } from '../harness/limits.ts';

/** The folder of the extensions that tests install in addition to the project's extension. */
const EXTENSIONS = join(import.meta.dirname, '..', '..', 'fixtures', 'extensions');
export const COMPANION = join(EXTENSIONS, 'companion');
export const KUBERNETES_EXPLORER = join(EXTENSIONS, 'kubernetesExplorer');

/** An error that a method of the companion extension has thrown. */
export interface CompanionError {
  readonly code?: string;
  readonly message: string;
}

/**
 * Calls methods of the companion extension in the window that shows `folder`. The companion is a test extension. It
 * uses VS Code's API and the API of the project's extension for a test.
 */
export class Companion {
  readonly #folder: string;
  #port: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Binds this object to the window whose companion has started last. Needed if several windows show the folder.
   * @param other the object of another window; waits until a companion in a different window has started; optional
   */
  async pin(other?: Companion): Promise<void> {
    this.#port = undefined;
    const isNew = async () => {
      const port = this.#lastPort();
      if (other !== undefined && port === other.#port) return undefined;
      await this.call('version', undefined, ATTEMPT_LIMIT_MS);
      this.#port = port;
      return true;
    };
    await waitFor('the companion', isNew, START_LIMIT_MS);
  }

  #lastPort(): number {
    return JSON.parse(readFileSync(join(this.#folder, 'companion.json'), 'utf8')).port;
  }

  /** Calls a method of the companion. Rejects with the method's error, or if there is no response after `limitMs`. */
  async call<T>(method: string, parameters?: unknown, limitMs = WAIT_LIMIT_MS): Promise<T> {
    const { result, error } = await this.#post<T>(method, parameters, limitMs);
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return result as T;
  }

  /**
   * Waits until the companion is active. The project's extension is then active too, because VS Code activates it
   * first.
   */
  async ready(): Promise<void> {
    const isActive = () => this.call<object>('version', undefined, ATTEMPT_LIMIT_MS);
    await waitFor('the companion', isActive, START_LIMIT_MS);
  }

  /** Waits until these tasks are running, and no others. */
  async untilTasks(...names: readonly string[]): Promise<void> {
    await waitFor(
      `the tasks "${names.join()}"`,
      async () => (await this.call<string[]>('tasks')).join() === names.join(),
    );
  }

  async #post<T>(
    method: string,
    parameters: unknown,
    limitMs: number,
  ): Promise<{ readonly result?: T; readonly error?: CompanionError }> {
    const port = this.#port ?? this.#lastPort();
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: JSON.stringify({ method, parameters }),
      signal: AbortSignal.timeout(limitMs),
    }).catch((cause: unknown) => {
      throw new Error(`the companion did not answer ${method}`, { cause });
    });
    return (await response.json()) as { readonly result?: T; readonly error?: CompanionError };
  }
}
