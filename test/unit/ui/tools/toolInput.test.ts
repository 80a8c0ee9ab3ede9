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

test('the required input of an agent is read, with ports in either form', () => {
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
  assert.equal(readStopInput({ id: 3 }), '3');
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

test('any other input is refused with a sentence about the expected input', () => {
  for (const [change, sentence] of [
    [
      { context: undefined },
      /^Specify "context": the name of a kubeconfig context, as listed by \w+ without input\.$/,
    ],
    [{ context: '  ' }, /^Specify "context"/],
    [{ context: 7 }, /^Specify "context": .*, not 7\.$/],
    [{ namespace: undefined }, /^Specify "namespace"/],
    [{ namespace: 'De mo' }, /^Specify "namespace": .*, not "De mo"\.$/],
    [{ target: undefined }, /^Specify "target": TYPE\/NAME/],
    [{ target: '../secrets' }, /^Specify "target"/],
    [{ target: 'ingress/web' }, /, not "ingress\/web"\.$/],
    [{ target: { kind: 'pod' } }, /^Specify "target"/],
    [{ remotePort: undefined }, /^Specify "remotePort": a number from 1 to 65535, or the name/],
    [{ remotePort: 0 }, /, not 0\.$/],
    [{ remotePort: '0' }, /, not "0"\.$/],
    [{ remotePort: 65_536 }, /^Specify "remotePort"/],
    [{ remotePort: 80.5 }, /^Specify "remotePort"/],
    [{ remotePort: '8080:80' }, /^Specify "remotePort"/],
    [{ remotePort: true }, /^Specify "remotePort"/],
    [{ localPort: -1 }, /^Specify "localPort"/],
    [{ localPort: 'http' }, /^Specify "localPort"/],
    [{ localPort: 70_000 }, /^Specify "localPort"/],
    [{ port: 80 }, /^This tool has no input "port"\. Use only "context", "namespace"/],
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
    /^Specify "target"/,
  );
  assert.match(
    refused(() => readStopInput({})),
    /^Specify "id": the id of a forward/,
  );
  assert.match(
    refused(() => readListTargetsInput({ namespace: 'demo' })),
    /^Specify "context"/,
  );
  assert.match(
    refused(() => readListRequestsInput({ filter: ['status:5xx'] })),
    /^Specify "filter": terms separated by spaces/,
  );
  assert.match(
    refused(() => readNoInput({ all: true })),
    /It takes no input/,
  );
});
