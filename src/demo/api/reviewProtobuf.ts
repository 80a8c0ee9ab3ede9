import type { JsonObject } from './requestBody.ts';

// Each protobuf body begins with the four bytes `MAGIC`. An `Unknown` message follows, whose field `raw` (number 2)
// contains the object. Source: apimachinery `pkg/runtime/serializer/protobuf`.
const MAGIC = Buffer.from('k8s\0', 'latin1');
const UNKNOWN_RAW = 2;
const SPEC = 2;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/**
 * Maps the field numbers of a protobuf message to field names. Source: `k8s.io/api/authorization/v1/generated.proto`.
 */
type Schema = Readonly<Record<number, string | { readonly name: string; readonly schema: Schema }>>;

const ACCESS_REVIEW_SPEC: Schema = {
  1: {
    name: 'resourceAttributes',
    schema: {
      1: 'namespace',
      2: 'verb',
      3: 'group',
      4: 'version',
      5: 'resource',
      6: 'subresource',
      7: 'name',
    },
  },
  2: { name: 'nonResourceAttributes', schema: { 1: 'path', 2: 'verb' } },
};
const RULES_REVIEW_SPEC: Schema = { 1: 'namespace' };

/**
 * Returns whether the body of a request is in the protobuf format of Kubernetes instead of JSON. `kubectl auth can-i`
 * sends its questions about permissions (reviews) in this format.
 */
export function isProtobuf(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/vnd.kubernetes.protobuf') ?? false;
}

/**
 * Decodes the protobuf body of a review to its JSON form.
 * @param kind `access` for a SelfSubjectAccessReview, `rules` for a SelfSubjectRulesReview
 * @throws RangeError if the body is truncated or invalid
 */
export function decodeReview(kind: 'access' | 'rules', body: Buffer): JsonObject {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw new RangeError('not a Kubernetes protobuf message');
  const raw = findField(body.subarray(MAGIC.length), UNKNOWN_RAW);
  const spec = findField(raw, SPEC);
  return { spec: decodeMessage(spec, kind === 'access' ? ACCESS_REVIEW_SPEC : RULES_REVIEW_SPEC) };
}

function decodeMessage(message: Buffer, schema: Schema): JsonObject {
  const decoded: Record<string, unknown> = {};
  for (const [number, value] of fields(message)) {
    const field = schema[number];
    if (typeof field === 'string') decoded[field] = value.toString();
    else if (field !== undefined) decoded[field.name] = decodeMessage(value, field.schema);
  }
  return decoded;
}

function findField(message: Buffer, wanted: number): Buffer {
  for (const [number, value] of fields(message)) {
    if (number === wanted) return value;
  }
  return Buffer.alloc(0);
}

/**
 * Yields the fields of a message that contain texts or messages (length-delimited). Skips numbers, because the schemas
 * of this file have none.
 */
function* fields(message: Buffer): Generator<readonly [number: number, value: Buffer]> {
  let offset = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(offset++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (offset < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        varint();
        break;
      case FIXED_64:
        offset += 8;
        break;
      case FIXED_32:
        offset += 4;
        break;
      case LENGTH_DELIMITED: {
        const length = varint();
        if (offset + length > message.length) throw new RangeError('the message is cut off');
        yield [number, message.subarray(offset, offset + length)];
        offset += length;
        break;
      }
      default:
        throw new RangeError('an unknown wire type');
    }
  }
}
