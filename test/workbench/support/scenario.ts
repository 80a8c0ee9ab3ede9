import { after, before, test as nodeTest } from 'node:test';
import { type Fixture, type FixtureOptions, startFixture } from './fixture.ts';

export interface Scenario {
  /** A test in the VS Code of this file. A failure leaves a picture in the tests' output folder. */
  readonly test: (name: string, body: (fixture: Fixture) => Promise<void>) => void;
}

/** Starts one VS Code for all tests of a file, which build on each other in their order. */
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
 * Takes pictures of every window, because the obstacle may be in another one. A failed picture never replaces the failure
 * itself.
 */
async function takePictures({ workbench }: Fixture, name: string): Promise<void> {
  for (const [index, window] of workbench.windows.entries()) {
    await window.screenshot(index === 0 ? name : `${name}-window-${index + 1}`).catch(() => {});
  }
}
