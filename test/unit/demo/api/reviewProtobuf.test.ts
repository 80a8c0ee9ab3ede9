import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeReview, isProtobuf } from '../../../../src/demo/api/reviewProtobuf.ts';

/** A length-delimited field of a protobuf message. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.of(number * 8 + 2, ...length), bytes]);
}

const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);
const wrap = (object: Buffer): Buffer =>
  message(
    Buffer.from('k8s\0', 'latin1'),
    field(1, message(field(1, 'authorization.k8s.io/v1'), field(2, 'SelfSubjectAccessReview'))),
    field(2, object),
    field(3, ''),
  );

test('an access review is decoded', () => {
  const attributes = message(
    field(1, 'demo'),
    field(2, 'create'),
    field(3, ''),
    field(5, 'pods'),
    field(6, 'portforward'),
    field(7, 'w'.repeat(200)),
  );
  const body = wrap(
    message(field(1, field(1, '')), field(2, field(1, attributes)), Buffer.of(0x18, 0x96, 0x01)),
  );
  assert.deepEqual(decodeReview('access', body), {
    spec: {
      resourceAttributes: {
        namespace: 'demo',
        verb: 'create',
        group: '',
        resource: 'pods',
        subresource: 'portforward',
        name: 'w'.repeat(200),
      },
    },
  });
});

test('a rules review is decoded', () => {
  assert.deepEqual(decodeReview('rules', wrap(field(2, field(1, 'demo')))), { spec: { namespace: 'demo' } });
});

test('a review that is empty, JSON or cut off is refused', () => {
  const whole = wrap(field(2, field(1, 'demo')));
  for (const body of [Buffer.alloc(0), Buffer.from('{}'), whole.subarray(0, whole.length - 10)]) {
    assert.throws(() => decodeReview('rules', body), RangeError);
  }
});

test('the content type shows the form', () => {
  assert.equal(isProtobuf('application/vnd.kubernetes.protobuf'), true);
  assert.equal(isProtobuf('application/json'), false);
  assert.equal(isProtobuf(undefined), false);
});
