import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portForwardPod } from '../../../src/library/portForwardPod.ts';
import { restConfigFor } from '../../support/restConfig.ts';

test('a stop signal of another implementation ends a forward to a pod, such as that of a test environment', async () => {
  const foreign = Object.assign(new EventTarget(), { aborted: false, reason: undefined });
  const request = {
    restConfig: restConfigFor(new URL('https://127.0.0.1:1')),
    pod: { namespace: 'demo', name: 'web' },
    ports: [{ local: 0, remote: 80 }],
    stop: foreign as unknown as AbortSignal,
  };
  const ended = portForwardPod(request);
  foreign.aborted = true;
  foreign.dispatchEvent(new Event('abort'));
  assert.equal(await ended, undefined);
});
