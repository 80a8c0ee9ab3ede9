import type { IncomingMessage } from 'node:http';
import { ApiStatusError, badRequest, failure } from '../status.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads a request's body, at most 1 MiB. @throws ApiStatusError 413 */
export async function readRequestBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw new ApiStatusError(failure(413, 'RequestEntityTooLarge', 'the request is too large'));
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a JSON object; an empty body is an empty object. @throws ApiStatusError 400 for other bodies */
export async function readJsonBody(message: IncomingMessage): Promise<JsonObject> {
  const body = await readRequestBody(message);
  if (body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    throw new ApiStatusError(badRequest('the body is not valid JSON'));
  }
  if (!isObject(parsed)) throw new ApiStatusError(badRequest('the body is not a JSON object'));
  return parsed;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the object in a field, or an empty one. */
export function objectField(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

/** Returns the text in a field, or an empty one. */
export function textField(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}
