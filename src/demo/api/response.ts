import type { ServerResponse } from 'node:http';
import type { Status } from '../status.ts';

/** The response of a request handler: a complete body, or a stream to which the handler keeps writing. */
export type ApiResponse =
  | {
      readonly type: 'body';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** An action of the request handler, called after the response has been sent. */
      readonly afterwards?: () => void;
    }
  | { readonly type: 'stream'; start(response: ServerResponse): void };

export function json(body: unknown, status = 200, contentType = 'application/json'): ApiResponse {
  return { type: 'body', status, contentType, body: `${JSON.stringify(body)}\n` };
}

/** Returns a response whose body is already JSON text. */
export function renderedJson(body: string): ApiResponse {
  return { type: 'body', status: 200, contentType: 'application/json', body };
}

export function plainText(body: string, status = 200): ApiResponse {
  return { type: 'body', status, contentType: 'text/plain; charset=utf-8', body };
}

export function statusResponse(status: Status, headers: Readonly<Record<string, string>> = {}): ApiResponse {
  const response = json(status, status.code);
  return response.type === 'body' ? { ...response, headers } : response;
}
