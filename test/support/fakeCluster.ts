import type { Cluster } from '../../src/kube/cluster/cluster.ts';

/** The result of one call to a {@link FakeCluster}. The call throws the result if it is an error. */
export type FakeAnswer = unknown | Error;

/** An event in the format of a watch response. */
export interface FakeEvent {
  readonly type: string;
  readonly object: { readonly metadata?: { readonly name?: string; readonly resourceVersion?: string } };
}

/** The events of one watch, or its failure. */
export type FakeWatch = Error | readonly (FakeEvent | Error | 'open')[];

/**
 * A cluster without an API server. For each method, a test provides a list of results. Each call takes the next result,
 * and throws it if it is an error. A watch yields its events and then ends. The event `'open'` keeps the watch open
 * until the watch is aborted.
 */
export class FakeCluster implements Cluster {
  readonly server = 'https://fake.example';
  readonly calls: string[] = [];
  servesCustomKinds = false;
  readonly gets: FakeAnswer[];
  readonly lists: FakeAnswer[];
  readonly watches: FakeWatch[];

  constructor(answers: { gets?: FakeAnswer[]; lists?: FakeAnswer[]; watches?: FakeWatch[] } = {}) {
    this.gets = answers.gets ?? [];
    this.lists = answers.lists ?? [];
    this.watches = answers.watches ?? [];
  }

  get(resource: string, namespace: string | undefined, name: string): Promise<never> {
    this.calls.push(`get ${resource} ${namespace}/${name}`);
    return this.#answer(this.gets);
  }

  listPage(resource: string, query: object): Promise<never> {
    this.calls.push(`list ${resource} ${JSON.stringify(query)}`);
    return this.#answer(this.lists).then((page: object) => ({ sizes: [], unusable: 0, ...page }) as never);
  }

  async *watch(resource: string, query: object, signal: AbortSignal): AsyncGenerator<never, void, undefined> {
    this.calls.push(`watch ${resource} ${JSON.stringify(query)}`);
    const events = this.watches.shift() ?? ['open'];
    if (events instanceof Error) throw events;
    for (const event of events) {
      if (event instanceof Error) throw event;
      if (event === 'open') await aborted(signal);
      else yield toWatchEvent(event) as never;
    }
  }

  serves(): Promise<boolean> {
    return Promise.resolve(this.servesCustomKinds);
  }

  dispose(): void {}

  #answer(answers: FakeAnswer[]): Promise<never> {
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as never);
  }
}

function toWatchEvent({ type, object }: FakeEvent): object {
  return type === 'BOOKMARK'
    ? { type, resourceVersion: object.metadata?.resourceVersion ?? '' }
    : { type, object, size: 0 };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
