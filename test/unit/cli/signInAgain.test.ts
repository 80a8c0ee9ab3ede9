import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignInAgain } from '../../../src/cli/signInAgain.ts';
import type { SignInSource } from '../../../src/kube/credentials/signIn.ts';
import { eventually } from '../../support/eventually.ts';
import { never } from '../../support/never.ts';

/** Credentials of a plugin that failed because the API server was unreachable. Signing in succeeds. */
class OfflineSource implements SignInSource {
  readonly user = 'dev';
  readonly needsPerson = false;
  canSignIn = true;

  get needsSignIn(): boolean {
    return this.canSignIn;
  }

  get = () => Promise.resolve({});
  invalidate = () => false;

  async signIn(): Promise<void> {
    this.canSignIn = false;
  }
}

for (const [hasTerminal, outcome] of [
  [true, 'is offered to the person at the terminal'],
  [false, 'is not demanded if nobody can be asked'],
] as const) {
  test(`a login that failed while the server was unreachable ${outcome}`, async (t) => {
    const credentials = new OfflineSource();
    let asked = 0;
    const again = new SignInAgain({
      credentials,
      reporter: { signInNeeded: () => asked++, warning: (error) => assert.fail(error) },
      untilEnter: hasTerminal ? async () => {} : undefined,
      stop: never,
    });
    t.after(() => again.dispose());
    let signedIn = 0;
    again.onDidSignIn(() => signedIn++);
    again.offer();
    if (hasTerminal) await eventually(() => signedIn === 1, 'nobody could sign in');
    assert.equal(asked, hasTerminal ? 1 : 0);
  });
}
