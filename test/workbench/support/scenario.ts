import { after, before, test as nodeTest } from 'node:test';
import { type Fixture, type FixtureOptions, startFixture } from './fixture.ts';

export interface Scenario {
  /** Defines a test that uses the VS Code of this file. If the test fails, saves a picture of each window. */
  readonly test: (name: string, body: (fixture: Fixture) => Promise<void>) => void;
}

/** Starts one VS Code for all tests of a file. A test may rely on what the earlier tests of the file have done. */
export function scenario(name: string, options: FixtureOptions): Scenario {
  let fixture: Fixture | undefined;
  let failures = 0;
  before(async () => {
    fixture = await startFixture(options);
  });
  after(async () => {
    await fixture?.[Symbol.asyncDispose]();
  });
  return {
    test(title, body) {
      nodeTest(title, async () => {
        if (fixture === undefined) throw new Error('VS Code did not start');
        try {
          await body(fixture);
        } catch (error) {
          failures += 1;
          await takePictures(fixture, `failed-${name}-${failures}`);
          throw error;
        }
      });
    },
  };
}

/**
 * Saves a picture of every window, because the cause of a failure may be visible in any window. Ignores errors, so that
 * the test reports its own failure.
 */
async function takePictures({ workbench }: Fixture, name: string): Promise<void> {
  for (const [index, window] of workbench.windows.entries()) {
    await window.screenshot(index === 0 ? name : `${name}-window-${index + 1}`).catch(() => {});
  }
}
