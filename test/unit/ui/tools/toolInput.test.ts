import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readListRequestsInput,
  readListTargetsInput,
  readNoInput,
  readStartInput,
  readStopInput,
} from '../../../../src/ui/tools/toolInput.ts';
import { coded } from '../../../support/coded.ts';

const place = { context: 'dev', namespace: 'demo', target: 'service/web' };
const web = { ...place, remotePort: 80 };

/** Asserts that an input is refused with a sentence for the agent. */
const refuses = (read: () => unknown, sentence: RegExp) => assert.throws(read, coded('USAGE', sentence));

test('the required input of an agent is read, with ports in either form', () => {
  assert.deepEqual(readStartInput(web), web);
  for (const [written, read] of [
    [{ remotePort: '80', localPort: '8080' }, { localPort: 8080 }],
    [{ remotePort: ' 80 ' }, {}],
    [{ remotePort: 'http', localPort: 0 }, { remotePort: 'http' }],
    [{ localPort: null }, {}],
    [{ target: 'web' }, { target: 'pod/web' }],
    [{ target: 'svc/web' }, { target: 'service/web' }],
    [{ target: '-l app=web' }, { target: '-l app=web' }],
  ])
    assert.deepEqual(readStartInput({ ...web, ...written }), { ...web, ...read });
  assert.equal(readStopInput({ id: ' f3 ' }), 'f3');
  assert.deepEqual(readListTargetsInput({ context: ' dev ', namespace: '', filter: null }), {
    context: 'dev',
  });
  assert.deepEqual(readListTargetsInput(undefined), {});
  assert.deepEqual(readListRequestsInput({ forward: 'f3', filter: ' status:5xx ' }), {
    forward: 'f3',
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
    [{ namespace: 'a.b' }, /^Specify "namespace"/],
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
    refuses(() => readStartInput({ ...web, ...change }), sentence);
  }
  for (const input of ['web', 80, [web], true]) refuses(() => readStartInput(input), /must be an object/);
  refuses(() => readStartInput(null), /^Specify "target"/);
  refuses(() => readStopInput({}), /^Specify "id": the id of a forward/);
  refuses(() => readListTargetsInput({ namespace: 'demo' }), /^Specify "context"/);
  refuses(
    () => readListRequestsInput({ filter: ['status:5xx'] }),
    /^Specify "filter": terms separated by spaces/,
  );
  refuses(() => readNoInput({ all: true }), /It takes no input/);
});
