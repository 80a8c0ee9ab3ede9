import { authorize, rulesOf } from '../rbac.ts';
import type { User } from '../users.ts';
import { type JsonObject, objectField, textField } from './requestBody.ts';
import { type ApiResponse, json } from './response.ts';

const PATH = /^\/apis\/authorization\.k8s\.io\/v1\/(selfsubjectaccessreviews|selfsubjectrulesreviews)$/;
const API_VERSION = 'authorization.k8s.io/v1';

/** The review that a path asks for, if it does. Everybody may ask about themselves. */
export function reviewOf(path: string): ((user: User, body: JsonObject) => ApiResponse) | undefined {
  const plural = PATH.exec(path)?.[1];
  if (plural === undefined) return undefined;
  return plural === 'selfsubjectaccessreviews' ? reviewAccess : reviewRules;
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
    ...(decision.reason === undefined ? {} : { reason: decision.reason }),
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
