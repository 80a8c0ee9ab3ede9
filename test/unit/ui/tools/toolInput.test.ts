import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../../src/base/errors.ts';
import {
  readListRequestsInput,
  readListTargetsInput,
  readNoInput,
  readStartInput,
  readStopInput,
} from '../../../../src/ui/tools/toolInput.ts';

const place = { context: 'dev', namespace: 'demo', target: 'service/web' };
const web = { ...place, remotePort: 80 };

function refused(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(isCoded(error, 'USAGE'), String(error));
    return error.message;
  }
  assert.fail('not refused');
}

test('what an agent has to give, and ports in either form', () => {
  assert.deepEqual(readStartInput(web), web);
  assert.deepEqual(readStartInput({ ...web, remotePort: '80', localPort: '8080' }), {
    ...web,
    localPort: 8080,
  });
  assert.deepEqual(readStartInput({ ...web, remotePort: ' 80 ' }), web);
  assert.deepEqual(readStartInput({ ...web, remotePort: 'http', localPort: 0 }), {
    ...web,
    remotePort: 'http',
  });
  assert.deepEqual(readStartInput({ ...web, localPort: null }), web);
  for (const [target, meant] of [
    ['web', 'pod/web'],
    ['svc/web', 'service/web'],
    ['-l app=web', '-l app=web'],
  ] as const) {
    assert.equal(readStartInput({ ...web, target }).target, meant);
  }
  assert.deepEqual(readStopInput({ id: 3 }), { id: '3' });
  assert.deepEqual(readListTargetsInput({ context: ' dev ', namespace: '', filter: null }), {
    context: 'dev',
  });
  assert.deepEqual(readListTargetsInput(undefined), {});
  assert.deepEqual(readListRequestsInput({ forward: 3, filter: ' status:5xx ' }), {
    forward: '3',
    filter: 'status:5xx',
  });
  assert.deepEqual(readListRequestsInput({ filter: '' }), {});
  readNoInput({});
});

test('anything else is refused with a sentence that tells what to give', () => {
  for (const [change, sentence] of [
    [
      { context: undefined },
      /^Give "context": the name of a kubeconfig context, as \w+ without input lists them\.$/,
    ],
    [{ context: '  ' }, /^Give "context"/],
    [{ context: 7 }, /^Give "context": .*, not 7\.$/],
    [{ namespace: undefined }, /^Give "namespace"/],
    [{ namespace: 'De mo' }, /^Give "namespace": .*, not "De mo"\.$/],
    [{ target: undefined }, /^Give "target": TYPE\/NAME/],
    [{ target: '../secrets' }, /^Give "target"/],
    [{ target: 'ingress/web' }, /, not "ingress\/web"\.$/],
    [{ target: { kind: 'pod' } }, /^Give "target"/],
    [{ remotePort: undefined }, /^Give "remotePort": a number from 1 to 65535, or the name/],
    [{ remotePort: 0 }, /, not 0\.$/],
    [{ remotePort: '0' }, /, not "0"\.$/],
    [{ remotePort: 65_536 }, /^Give "remotePort"/],
    [{ remotePort: 80.5 }, /^Give "remotePort"/],
    [{ remotePort: '8080:80' }, /^Give "remotePort"/],
    [{ remotePort: true }, /^Give "remotePort"/],
    [{ localPort: -1 }, /^Give "localPort"/],
    [{ localPort: 'http' }, /^Give "localPort"/],
    [{ localPort: 70_000 }, /^Give "localPort"/],
    [{ port: 80 }, /^This tool has no input "port"\. Give only "context", "namespace"/],
    [{ address: '0.0.0.0' }, /^This tool has no input "address"/],
  ] as const) {
    assert.match(
      refused(() => readStartInput({ ...web, ...change })),
      sentence,
    );
  }
  for (const input of ['web', 80, [web], true])
    assert.match(
      refused(() => readStartInput(input)),
      /must be an object/,
    );
  assert.match(
    refused(() => readStartInput(null)),
    /^Give "target"/,
  );
  assert.match(
    refused(() => readStopInput({})),
    /^Give "id": the id of a forward/,
  );
  assert.match(
    refused(() => readListTargetsInput({ namespace: 'demo' })),
    /^Give "context"/,
  );
  assert.match(
    refused(() => readListRequestsInput({ filter: ['status:5xx'] })),
    /^Give "filter": terms separated by spaces/,
  );
  assert.match(
    refused(() => readNoInput({ all: true })),
    /It takes no input/,
  );
});
