import { readFileSync } from 'node:fs';

/** Returns the parsed body of a real API server's recorded answer (test/fixtures/api). */
export function apiFixture<T>(name: string): T {
  return JSON.parse(apiFixtureText(name)) as T;
}

/** Returns the body as text. */
export function apiFixtureText(name: string): string {
  return readFileSync(new URL(`../fixtures/api/${name}`, import.meta.url), 'utf8');
}
