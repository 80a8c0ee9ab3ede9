import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PortForwardOptions, portForward } from '../../../src/library/portForward.ts';
import { restConfigFor } from '../../support/restConfig.ts';

const WRONG_TIMES: readonly Partial<PortForwardOptions>[] = [
  { podRunningTimeoutMs: 0 },
  { podRunningTimeoutMs: -5 },
  { podRunningTimeoutMs: Number.NaN },
  { waitForTargetMs: -5 },
  { waitForTargetMs: Number.NaN },
];

for (const times of WRONG_TIMES) {
  test(`a forward with the time ${Object.entries(times).join()} fails before any network access`, async () => {
    const forward = portForward({
      restConfig: restConfigFor(new URL('https://127.0.0.1:1')),
      target: 'pod/web',
      ports: ['0:80'],
      ...times,
    });
    await assert.rejects(forward.ready, { code: 'USAGE' });
  });
}
