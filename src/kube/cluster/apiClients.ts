import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  createConfiguration,
  DiscoveryV1Api,
  HttpInfo,
  type HttpLibrary,
  SelfDecodingBody,
  ServerConfiguration,
  VersionApi,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import type { RestRequest } from '../../rest/request.ts';

/**
 * A request as `@kubernetes/client-node` composes it. {@link SendRequest} adds the signal that can abort the request.
 */
export type ApiRequest = Omit<RestRequest, 'signal'>;

/**
 * Sends a request with the code of `src/rest`, and returns the parsed answer. If the function rejects, the call of the
 * client-node method rejects with the same error.
 */
export type SendRequest<T> = (request: ApiRequest) => Promise<T>;

/** The options that each call of a client takes. */
export interface CallOptions {
  readonly httpApi: HttpLibrary;
}

// client-node needs a server address to compose a URL. No request is ever sent to this address: this program uses only
// the path of the URL, and sends the request to the server of the REST config.
const ANY_SERVER = new ServerConfiguration('http://api.invalid', {});
/**
 * The default `httpApi` of the clients, which rejects every request. Each call must pass its own `httpApi`. A call that
 * does not pass one fails, because client-node's own HTTP code would ignore the REST config.
 */
const NO_HTTP = httpLibraryOf(() => Promise.reject(new Error('a call needs an HttpLibrary of its own')));
/**
 * A response processor that returns every response unchanged. Without it, client-node would copy the answer into its
 * model classes, although the {@link SendRequest} has already parsed the answer.
 */
const AS_READ = new Proxy({}, { get: () => (response: unknown) => response }) as never;

const NO_BODY = new SelfDecodingBody(Promise.resolve(Buffer.alloc(0)));

const CONFIGURATION = createConfiguration({ baseServer: ANY_SERVER, httpApi: NO_HTTP });

/** The generated clients of client-node. Every cluster uses the same clients, because they have no state. */
export const CLIENTS = {
  core: new CoreV1Api(CONFIGURATION, undefined, AS_READ),
  apps: new AppsV1Api(CONFIGURATION, undefined, AS_READ),
  batch: new BatchV1Api(CONFIGURATION, undefined, AS_READ),
  discovery: new DiscoveryV1Api(CONFIGURATION, undefined, AS_READ),
  customObjects: new CustomObjectsApi(CONFIGURATION, undefined, AS_READ),
  version: new VersionApi(CONFIGURATION, undefined, AS_READ),
};

/**
 * Makes one call of a generated client. The request of the call is sent by `exchange`, not by client-node's HTTP code.
 * @returns the result of `exchange`
 */
export async function callWith<T>(
  call: (options: CallOptions) => Promise<unknown>,
  exchange: SendRequest<T>,
): Promise<T> {
  return (await call({ httpApi: httpLibraryOf(exchange) })) as T;
}

function httpLibraryOf(exchange: SendRequest<unknown>): HttpLibrary {
  return wrapHttpLibrary({
    async send(context) {
      const { pathname, search } = new URL(context.getUrl());
      const data = await exchange({
        method: context.getHttpMethod() as NonNullable<RestRequest['method']>,
        path: pathname + search,
      });
      return new HttpInfo(200, {}, NO_BODY, data);
    },
  });
}
