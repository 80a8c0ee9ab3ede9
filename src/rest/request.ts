import http, { type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Clock, delay, onAbort, raceAbort, systemClock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError, describeError, isCoded, systemErrorCode } from '../base/errors.ts';
import { JsonError } from '../json/jsonError.ts';
import { type JsonPart, limited, readJson } from '../json/readJson.ts';
import { object, type Shape } from '../json/shape.ts';
import { requestHeaders } from './headers.ts';
import { redact, redactError } from './redaction.ts';
import { requestInfo } from './requestInfo.ts';
import { logRequest } from './requestLog.ts';
import { RestAgent, type RestAgentOptions } from './restAgent.ts';
import type { Credentials, RestConfig } from './restConfig.ts';
import { serverPath } from './serverPath.ts';
import { type ApiStatus, readStatus, type StatusError, statusError } from './statusError.ts';
import { isBroken } from './tcp.ts';
import { isOpenSsl, tlsError } from './tlsError.ts';

/**
 * The largest answer to accept in MiB, before and after decompression. A larger answer fails with `TOO_LARGE`, so that
 * a faulty server cannot fill the memory. A page of 500 pods is far smaller.
 */
const ANSWER_LIMIT_MIB = 32;
const ANSWER_LIMIT = ANSWER_LIMIT_MIB * 1024 * 1024;

/**
 * The default time limit of a request, in milliseconds, for configs that set none. If the whole answer has not arrived
 * within this time, the request fails with `TIMED_OUT`. The API server has the same default limit for all requests
 * except watches (`--request-timeout` of kube-apiserver).
 */
const ANSWER_LIMIT_MS = 60_000;

/**
 * A busy server can ask for the same request again after a few seconds (`Retry-After`). This program sends a request
 * again at most `BUSY_RETRIES` times, and only if the server asks for a wait of at most `LONGEST_RETRY_AFTER_MS`.
 * Beyond these limits, the request fails at once.
 */
const BUSY_RETRIES = 3;
const LONGEST_RETRY_AFTER_MS = 10_000;

/** One request to an API server. */
export interface RestRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path to append to the path of the server URL, with encoded segments: `/api/v1/namespaces`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text, or the fields of a form. */
  readonly body?: string | URLSearchParams;
  readonly signal: AbortSignal;
}

export interface RequestOptions {
  /**
   * Provides the connection to the server, and keeps it open for later requests. Optional, default: the request gets a
   * connection of its own, which is closed after the request.
   */
  readonly agent?: RestAgent;
  readonly clock?: Clock;
}

/** The options of {@link requestJson}, which choose the parts of the answer to read. */
export interface JsonOptions<T, E> extends RequestOptions {
  /**
   * The parts of the answer to keep. Optional, default: the answer may be any object, and none of its fields are kept.
   */
  readonly shape?: Shape<T>;
  /**
   * Called with each element of an array whose shape is `elements()`, one by one while the answer arrives. The result
   * of the request does not contain the elements. If the callback throws, the request rejects with the error of the
   * callback. Optional.
   */
  readonly onElement?: (element: JsonPart<E>) => void;
}

const NOTHING = object({});

/**
 * Sends a request, and reads the parts of its JSON answer that the shape names. The time limit is `requestTimeoutMs` of
 * the config, or one minute if the config has none.
 * @throws CodedError `UNREACHABLE`, `TLS`, `PROXY_FAILED`, `PROTOCOL`, `TIMED_OUT`, `CREDENTIALS_FAILED`, `TOO_LARGE`
 *   for an answer of more than 32 MiB, `API_ERROR` for an answer of another shape, or a `StatusError`: `UNAUTHORIZED`,
 *   `FORBIDDEN`, `FORBIDDEN_CLUSTER_WIDE`, `API_ERROR`; the signal's reason when aborted
 */
export async function requestJson<T = unknown, E = never>(
  config: RestConfig,
  request: RestRequest,
  options: JsonOptions<T, E> = {},
): Promise<T> {
  const { shape = NOTHING as Shape<T>, onElement } = options;
  const pending = new PendingRequest(config, request, options);
  try {
    const response = await pending.open();
    try {
      const onBytes = config.onAnswerBytes;
      const limits = { maxBytes: ANSWER_LIMIT, onBytes, ...defined({ onElement }) };
      const value = await pending.race(readJson(decoded(response, ANSWER_LIMIT), shape, limits));
      if (value !== undefined) return value;
    } catch (error) {
      if (error instanceof JsonError) throw unreadable(config, response, error);
      throw error;
    }
    throw answerError(config, response, 'JSON with an unexpected structure');
  } catch (error) {
    throw pending.explain(error);
  } finally {
    pending.dispose();
  }
}

/**
 * Sends a request and returns the body of its answer as a stream. The caller must read the stream to its end or destroy
 * it. If the signal is aborted, the stream is destroyed. The time limit applies only until the headers have arrived.
 * @throws CodedError as {@link requestJson} does
 */
export async function requestStream(
  config: RestConfig,
  request: RestRequest,
  options: RequestOptions = {},
): Promise<Readable> {
  const pending = new PendingRequest(config, request, options);
  try {
    const response = await pending.open();
    pending.stopTimer();
    const body = decoded(response);
    body.once('close', () => pending.dispose());
    return body;
  } catch (error) {
    pending.dispose();
    throw pending.explain(error);
  }
}

/**
 * One request, which may be sent several times. This object owns what must be disposed of after the request: the
 * subscription to the signal, the timer, and the connection if the caller provides no agent.
 */
class PendingRequest {
  readonly #config: RestConfig;
  readonly #request: RestRequest;
  readonly #agent: RestAgent;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #owned = new DisposableStore();
  #timer: Disposable | undefined;

  constructor(config: RestConfig, request: RestRequest, { agent, clock = systemClock }: RequestOptions) {
    this.#config = config;
    this.#request = request;
    this.#clock = clock;
    this.#agent = agent ?? this.#owned.add(new RestAgent(config, false));
    this.#owned.add(onAbort(request.signal, () => this.#abort.abort(request.signal.reason)));
    if (this.#hasOwnLimit) this.#limit(config.requestTimeoutMs ?? 0);
  }

  /**
   * True if the config sets a time limit. This limit includes the time to get credentials, so it starts in the
   * constructor. The default limit starts later, when the request is sent.
   */
  get #hasOwnLimit(): boolean {
    return (this.#config.requestTimeoutMs ?? 0) > 0;
  }

  #limit(limitMs: number): void {
    this.stopTimer();
    const timedOut = new CodedError('TIMED_OUT', {
      server: this.#config.server.origin,
      seconds: limitMs / 1000,
    });
    this.#timer = this.#clock.setTimer(limitMs, () => this.#abort.abort(timedOut));
  }

  /** Waits for a promise, but rejects as soon as the request is aborted or its time limit is reached. */
  race<R>(promise: Promise<R>): Promise<R> {
    return raceAbort(promise, this.#abort.signal);
  }

  /**
   * Sends the request and returns a successful response. If a busy server sends `Retry-After`, waits and sends the
   * request again.
   */
  async open(): Promise<IncomingMessage> {
    for (let tries = 0; ; tries++) {
      const response = await this.#sendWithGoodCredentials();
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) return response;
      const status = await this.race(readStatus(response));
      const waitMs = 1000 * (status.retryAfterSeconds ?? Number.POSITIVE_INFINITY);
      const isBusy = statusCode === 429 || statusCode >= 500;
      if (!isBusy || tries === BUSY_RETRIES || waitMs > LONGEST_RETRY_AFTER_MS) throw this.#refusal(status);
      await delay(waitMs, this.#abort.signal, this.#clock);
    }
  }

  #refusal(status: ApiStatus): StatusError {
    const { method = 'GET', path } = this.#request;
    return statusError(this.#config, status, requestInfo(method, path + queryText(this.#request)));
  }

  /**
   * Sends the request. If the server rejects the credentials (401), sends the request once more with new credentials.
   */
  async #sendWithGoodCredentials(): Promise<IncomingMessage> {
    const source = this.#config.credentials;
    const { signal } = this.#abort;
    const credentials = await this.race(source.get(signal));
    const response = await this.#sendOverLiveConnection(credentials);
    if (response.statusCode !== 401 || !source.invalidate(credentials)) return response;
    await this.race(readStatus(response));
    const renewed = await this.race(source.get(signal));
    const second = await this.#sendOverLiveConnection(renewed);
    // If the server rejects the new credentials too, invalidates them, but does not send the request a third time. The
    // next request then does not start with rejected credentials.
    if (second.statusCode === 401) source.invalidate(renewed);
    return second;
  }

  /** Returns the error to throw: the signal's reason if the request was aborted, otherwise a coded error. */
  explain(reason: unknown): unknown {
    if (this.#abort.signal.aborted) return this.#abort.signal.reason;
    if (isCoded(reason)) return reason;
    const error = redactError(this.#config, reason);
    if (isOpenSsl(error)) return tlsError(this.#config, error);
    const isProtocol = systemErrorCode(error)?.startsWith('HPE_') ?? false;
    const description = describeError(error);
    return isProtocol
      ? new CodedError('PROTOCOL', { protocol: 'HTTP', reason: description }, error)
      : new CodedError('UNREACHABLE', { server: this.#config.server.origin, reason: description }, error);
  }

  stopTimer(): void {
    this.#timer?.dispose();
  }

  dispose(): void {
    this.stopTimer();
    this.#owned.dispose();
  }

  /**
   * Sends the request. The agent may reuse a connection that the server has just closed. A GET request is then sent
   * again over another connection. A request with another method fails, because the server may already have carried
   * it out.
   */
  async #sendOverLiveConnection(credentials: Credentials): Promise<IncomingMessage> {
    if (!this.#hasOwnLimit) this.#limit(ANSWER_LIMIT_MS);
    for (;;) {
      const outgoing = this.#send(credentials);
      try {
        return await this.race(responseTo(outgoing));
      } catch (error) {
        const isRepeatable = (this.#request.method ?? 'GET') === 'GET' && !this.#abort.signal.aborted;
        if (!outgoing.reusedSocket || !isBroken(error) || !isRepeatable) throw error;
      }
    }
  }

  #send(credentials: Credentials): http.ClientRequest {
    const { method = 'GET', path, headers, body } = this.#request;
    const { server } = this.#config;
    const isForm = body instanceof URLSearchParams;
    const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
    const fullPath = serverPath(server, path + queryText(this.#request));
    const options: http.RequestOptions & RestAgentOptions = {
      agent: this.#agent,
      method,
      path: fullPath,
      headers: {
        Host: server.host,
        Accept: 'application/json',
        'Accept-Encoding': 'gzip',
        ...requestHeaders(this.#config, credentials),
        ...(body !== undefined && { 'Content-Type': type }),
        ...headers,
      } as http.OutgoingHttpHeaders,
      credentials,
      signal: this.#abort.signal,
      connectSignal: this.#abort.signal,
    };
    const outgoing = http.request(options);
    logRequest(this.#config, outgoing, fullPath, this.#clock);
    return outgoing.end(body?.toString());
  }
}

function responseTo(outgoing: http.ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Keeps the handler after the first event (`on` instead of `once`): an abort after the response has begun causes
    // another error, and an `error` event without a handler would end the process.
    outgoing.on('error', reject).once('response', resolve);
    // For a response 101, Node emits `upgrade` instead of `response`. The socket then belongs to the handler of this
    // event, which destroys it.
    outgoing.once('upgrade', (_response, socket) => {
      socket.on('error', () => {}).destroy();
      const reason = 'unexpected response 101 Switching Protocols';
      reject(new CodedError('PROTOCOL', { protocol: 'HTTP', reason }));
    });
    outgoing.once('close', () => reject(new Error('the connection was closed without a response')));
  });
}

function queryText(request: RestRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.append(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}

/**
 * Returns the body of a response, decompressed if necessary. If the decompression fails or the returned stream is
 * destroyed, the response is destroyed too. If the response fails, so does the returned stream.
 */
function decoded(response: IncomingMessage, maxBytes = Number.POSITIVE_INFINITY): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // Limits the compressed bytes, because an endless compressed body can decompress to almost nothing. The reader of the
  // result limits only the decompressed bytes.
  const withinLimit = (source: AsyncIterable<Buffer>) => limited(source, maxBytes);
  return pipeline(response, withinLimit, createGunzip(), () => {});
}

function unreadable(config: RestConfig, response: IncomingMessage, error: JsonError): CodedError {
  if (error.fault === 'tooLong') {
    const reason = `more than ${ANSWER_LIMIT_MIB} MiB`;
    return new CodedError('TOO_LARGE', { server: config.server.origin, reason }, error);
  }
  const type = redact(config, response.headers['content-type'] ?? 'no content type');
  // Without a JSON content type, the answer probably comes from a proxy or a login page, so the address may be wrong.
  return type.includes('json')
    ? answerError(config, response, `JSON that ${error.message}`, error)
    : answerError(config, response, `${type} instead of JSON: check the server's address`, error);
}

function answerError(
  config: RestConfig,
  response: IncomingMessage,
  reason: string,
  cause?: unknown,
): CodedError {
  const status = response.statusCode ?? 0;
  return new CodedError('API_ERROR', { server: config.server.origin, status, reason }, cause);
}
