import { readFileSync } from 'node:fs';

/** Returns the parsed body of a response that was recorded from a real API server (test/fixtures/api). */
export function apiFixture<T>(name: string): T {
  return JSON.parse(apiFixtureText(name)) as T;
}

/** Returns the same body as {@link apiFixture}, as text. */
export function apiFixtureText(name: string): string {
  return readFileSync(new URL(`../fixtures/api/${name}`, import.meta.url), 'utf8');
}

/** The complete HTTP response with which a real API server answers a request for a pod that does not exist. */
export const POD_NOT_FOUND_RESPONSE = (() => {
  const body = apiFixtureText('notfound-pod.json');
  return `HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
})();
