import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestEnd } from './demoForward.ts';

/**
 * Creates a temporary directory. A caller disposes of it with `await using`, which removes the directory and its
 * content.
 */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'kube-port-forward-test-'));
  return {
    path,
    async [Symbol.asyncDispose]() {
      // Retries, because a program that is ending may still write a file into the directory.
      await rm(path, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** Returns the path of a directory that is removed with its content at the end of a test or a test file. */
export async function temporaryFolder(test: TestEnd): Promise<string> {
  const directory = await temporaryDirectory();
  test.after(async () => directory[Symbol.asyncDispose]());
  return directory.path;
}
