import { CodedError } from '../../base/errors.ts';
import { type ApiObject, objectKey, type Resource } from './resources.ts';

/**
 * How many pods one {@link ObjectBudget} accepts before it throws `TOO_LARGE`. In practice, a namespace has far fewer
 * pods. Only a very large cluster has more pods than this in all its namespaces together: Kubernetes supports up to
 * 150,000.
 */
const POD_LIMIT = 20_000;
/**
 * How many objects of a kind other than Pod one {@link ObjectBudget} accepts before it throws `TOO_LARGE`. Kubernetes
 * supports at most this many namespaces, and this many services, in a cluster.
 */
const OTHER_LIMIT = 10_000;
/**
 * The most bytes of JSON that the objects of one {@link ObjectBudget} may have in total. If they have more, the budget
 * throws `TOO_LARGE`. The limit is high enough for {@link POD_LIMIT} pods: the fields of a pod that this program reads
 * have about 1,000 bytes.
 */
const SIZE_LIMIT = 64 * 1024 * 1024;

/**
 * Counts the objects that one list and the watch after it have brought into memory. Throws if there are too many, so
 * that a server with endless lists or events does not fill the memory.
 */
export class ObjectBudget {
  readonly #server: string;
  readonly #resource: Resource;
  readonly #sizes = new Map<string, number>();
  #total = 0;

  constructor(server: string, resource: Resource) {
    this.#server = server;
    this.#resource = resource;
  }

  /**
   * Counts a new or changed object.
   * @throws CodedError `TOO_LARGE`
   */
  add(object: ApiObject, size: number): void {
    const key = objectKey(object);
    this.#total += size - (this.#sizes.get(key) ?? 0);
    this.#sizes.set(key, size);
    const limit = this.#resource === 'pods' ? POD_LIMIT : OTHER_LIMIT;
    if (this.#sizes.size > limit) throw this.#tooLarge(`more than ${limit} ${this.#resource}`);
    if (this.#total > SIZE_LIMIT)
      throw this.#tooLarge(`more than ${SIZE_LIMIT / 1024 / 1024} MiB of ${this.#resource}`);
  }

  remove(object: ApiObject): void {
    const key = objectKey(object);
    this.#total -= this.#sizes.get(key) ?? 0;
    this.#sizes.delete(key);
  }

  #tooLarge(reason: string): CodedError {
    return new CodedError('TOO_LARGE', { server: this.#server, reason });
  }
}
