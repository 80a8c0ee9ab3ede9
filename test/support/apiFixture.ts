import { readFileSync } from 'node:fs';

/** A recorded body of a real API server's answer (test/fixtures/api), parsed. */
export function apiFixture<T>(name: string): T {
  return JSON.parse(apiFixtureText(name)) as T;
}

/** The same as text. */
export function apiFixtureText(name: string): string {
  return readFileSync(new URL(`../fixtures/api/${name}`, import.meta.url), 'utf8');
}
