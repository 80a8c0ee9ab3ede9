import type { IncomingMessage } from 'node:http';
import { ApiStatusError, badRequest, failure } from '../status.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads the body of a request. @throws ApiStatusError 413 if the body is larger than 1 MiB */
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

/**
 * Reads the body of a request as a JSON object. An empty body counts as an empty object.
 * @throws ApiStatusError 400 if the body is not a JSON object
 */
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

/** Returns the value of a field if it is an object, or else an empty object. */
export function objectField(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

/** Returns the value of a field if it is a string, or else an empty string. */
export function textField(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}
