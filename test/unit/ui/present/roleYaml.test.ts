import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { grantingRule } from '../../../../src/rest/statusError.ts';
import { FORWARD_RULES, roleYaml } from '../../../../src/ui/present/roleYaml.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

function forbidden(verb: string, resource: string, group = '', namespace = 'demo') {
  const rule = grantingRule(verb, { group, resource });
  const args = { user: 'dev', verb, resource, namespace, reason: 'no', rule };
  return { code: 'FORBIDDEN', arguments: args } as const;
}

function read(error: Parameters<typeof roleYaml>[0]): Manifest {
  return load(roleYaml(error) ?? '') as Manifest;
}

test('the role is for the namespace, contains the missing right, and has the rules of docs/roles.md', () => {
  const error = forbidden('create', 'pods/portforward');
  const { kind, metadata, rules } = read(error);
  assert.deepEqual([kind, metadata], ['Role', { name: 'port-forward', namespace: 'demo' }]);
  const [, documented = ''] = /```yaml\n(rules:\n[^`]*)```/.exec(readFileSync('docs/roles.md', 'utf8')) ?? [];
  assert.deepEqual(rules, (load(documented) as Manifest).rules);
  assert.match(roleYaml(error) ?? '', /^# Missing: \["create"\] on \["pods\/portforward"\]\n/);
});

test('either of two sufficient rights is already in the role', () => {
  const error = forbidden('get or create', 'pods/portforward');
  assert.equal(read(error).rules.length, FORWARD_RULES.length);
  assert.match(roleYaml(error) ?? '', /^# Missing: \["get", "create"\]/);
});

test('a right that docs/roles.md does not list is added with its API group', () => {
  const { rules } = read(forbidden('get', 'rollouts', 'argoproj.io'));
  assert.equal(rules.length, FORWARD_RULES.length + 1);
  assert.deepEqual(rules.at(-1), { apiGroups: ['argoproj.io'], resources: ['rollouts'], verbs: ['get'] });
});

test('a right that is missing at the cluster scope becomes a cluster role with that right alone', () => {
  const error = { ...forbidden('list', 'namespaces'), code: 'FORBIDDEN_CLUSTER_WIDE' } as const;
  const { kind, metadata, rules } = read(error);
  assert.deepEqual([kind, metadata], ['ClusterRole', { name: 'read-namespaces' }]);
  assert.deepEqual(rules, [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list'] }]);
});

test('names that YAML would read differently are quoted, and other errors have no role', () => {
  const hostile = forbidden('get', 'pods"]\nkind: Evil', '', '1: {"a\n#');
  assert.equal(read(hostile).metadata.namespace, '1: {"a\n#');
  assert.equal(read(hostile).kind, 'Role');
  assert.equal(roleYaml({ code: 'UNREACHABLE', arguments: {} }), undefined);
});
