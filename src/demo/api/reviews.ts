import type { IncomingMessage } from 'node:http';
import { defined } from '../../base/defined.ts';
import { authorize, rulesOf } from '../rbac.ts';
import { ApiStatusError, badRequest } from '../status.ts';
import type { User } from '../users.ts';
import { type JsonObject, objectField, readJsonBody, readRequestBody, textField } from './requestBody.ts';
import { type ApiResponse, json } from './response.ts';
import { decodeReview, isProtobuf } from './reviewProtobuf.ts';

export type ReviewKind = 'access' | 'rules';

const PATH = /^\/apis\/authorization\.k8s\.io\/v1\/(selfsubjectaccessreviews|selfsubjectrulesreviews)$/;
const API_VERSION = 'authorization.k8s.io/v1';

/**
 * Returns `access` for the path of a SelfSubjectAccessReview, `rules` for the path of a SelfSubjectRulesReview, and
 * undefined for other paths. A user needs no permission to send a review, because users can ask only about their own
 * permissions.
 */
export function reviewOf(path: string): ReviewKind | undefined {
  const plural = PATH.exec(path)?.[1];
  if (plural === undefined) return undefined;
  return plural === 'selfsubjectaccessreviews' ? 'access' : 'rules';
}

/**
 * Answers a review: whether `user` may do something, or what `user` may do in a namespace.
 * @throws ApiStatusError 400 if the body is invalid
 */
export async function answerReview(
  kind: ReviewKind,
  user: User,
  message: IncomingMessage,
): Promise<ApiResponse> {
  const body = await readReview(kind, message);
  return kind === 'access' ? reviewAccess(user, body) : reviewRules(user, body);
}

async function readReview(kind: ReviewKind, message: IncomingMessage): Promise<JsonObject> {
  if (!isProtobuf(message.headers['content-type'])) return readJsonBody(message);
  const body = await readRequestBody(message);
  try {
    return decodeReview(kind, body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ApiStatusError(badRequest(`the body is not a review: ${error.message}`));
  }
}

function reviewAccess(user: User, body: JsonObject): ApiResponse {
  const spec = objectField(body, 'spec');
  const attributes = objectField(spec, 'resourceAttributes');
  const decision = authorize(user, {
    verb: textField(attributes, 'verb'),
    group: textField(attributes, 'group'),
    resource: textField(attributes, 'resource'),
    subresource: textField(attributes, 'subresource'),
    namespace: textField(attributes, 'namespace'),
    name: textField(attributes, 'name'),
  });
  const status = {
    allowed: decision.isAllowed,
    ...defined({ reason: decision.reason }),
  };
  return json({ kind: 'SelfSubjectAccessReview', apiVersion: API_VERSION, metadata: {}, spec, status }, 201);
}

function reviewRules(user: User, body: JsonObject): ApiResponse {
  const spec = objectField(body, 'spec');
  const status = {
    resourceRules: [
      { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews'] },
      { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectrulesreviews'] },
      ...rulesOf(user, textField(spec, 'namespace')),
    ],
    nonResourceRules: [
      { verbs: ['get'], nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/version'] },
    ],
    incomplete: false,
  };
  return json({ kind: 'SelfSubjectRulesReview', apiVersion: API_VERSION, metadata: {}, spec, status }, 201);
}
