import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { KUBECTL_SKIP } from '../../support/kubectl.ts';
import { isFree, loopbacks } from '../../support/localPorts.ts';
import type { Case } from './cases/case.ts';
import { COMMAND_LINES } from './cases/commandLines.ts';
import { KUBECONFIGS } from './cases/kubeconfigs.ts';
import { PROVIDERS } from './cases/providers.ts';
import { CaseRunner } from './cases/runCase.ts';
import { TARGETS } from './cases/targets.ts';

const CASES = [...COMMAND_LINES, ...TARGETS, ...KUBECONFIGS, ...PROVIDERS];
/** The number of cases that run at the same time. Each kubectl needs 0.25 s of CPU, so four keep two cores busy. */
const AT_ONCE = 4;

const runner = await CaseRunner.start();
after(() => runner[Symbol.asyncDispose]());

test('the table of cases has unique names, and a reason for each difference from kubectl', () => {
  assert.equal(new Set(CASES.map(({ name }) => name)).size, CASES.length);
  for (const { name, kubectl, here, reason } of CASES) {
    const isAlike = kubectl === 'refused' ? /^[A-Z_]+$/.test(here) : here === kubectl;
    assert.equal(isAlike, reason === undefined, name);
  }
});

suite('the command in this process', { concurrency: AT_ONCE }, () => {
  for (const each of CASES) {
    test(`${each.name}: ${each.input}`, async (t) => {
      if (await isOutOfReach(each)) t.skip(`port ${each.localPort} cannot be bound`);
      else assert.equal(await runner.here(each), each.here);
    });
  }
});

suite('kubectl', { concurrency: AT_ONCE, skip: KUBECTL_SKIP }, () => {
  for (const each of CASES) {
    test(`${each.name}: ${each.input}`, async (t) => {
      if (await isOutOfReach(each)) t.skip(`port ${each.localPort} cannot be bound`);
      else assert.equal(await runner.kubectl(each), each.kubectl);
    });
  }
});

/** Returns whether a case's local port cannot be used: another program uses it, or only an administrator may. */
async function isOutOfReach({ localPort }: Case): Promise<boolean> {
  if (localPort === undefined) return false;
  const free = await Promise.all(loopbacks.map((address) => isFree(address, localPort)));
  return !free.every(Boolean);
}
