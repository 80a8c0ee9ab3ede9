import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { DEFAULT_ADDRESSES } from '../../../src/base/address.ts';
import {
  COMMANDS,
  CONTEXT_KEYS,
  EXTENSION_ID,
  PANEL_CONTAINER,
  RESTRICTED_SETTINGS,
  ROW_FLAGS,
  SETTINGS,
  SETTINGS_SECTION,
  TASK_TIMEOUT_S,
  TASK_TYPE,
  TERMINAL_PROFILE,
  TOOLS,
  VIEW_CONTAINER,
  VIEWS,
  WALKTHROUGH,
} from '../../../src/contributions.ts';
import { USUAL_PORT } from '../../../src/gateway/localPort.ts';
import { WAIT_FOR_TARGET_MS } from '../../../src/kinds/forwardTimes.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const strings: Record<string, string> = JSON.parse(readFileSync('package.nls.json', 'utf8'));
const { contributes } = manifest;
const text = JSON.stringify(manifest);

/** Every condition of a menu, key or welcome view in package.json. */
const whens: readonly string[] = [...text.matchAll(/"when":"((?:[^"\\]|\\.)*)"/g)].map(([, when = '']) =>
  when.replaceAll('\\\\', '\\'),
);

/** A view of the Kubernetes extension. If that extension is installed, our commands appear in the menus of its view. */
const FOREIGN_VIEW = 'extension.vsKubernetesExplorer';

test('menus, keys, welcome views and walkthrough name existing commands', () => {
  const known = new Set<string>(Object.values(COMMANDS));
  const named = [...(text + JSON.stringify(strings)).matchAll(/kubePortForward\.[a-zA-Z.]+/g)]
    .map(([name]) => name)
    .filter((name) => !isOther(name));
  assert.ok(named.length > 50);
  for (const name of named) assert.ok(known.has(name), name);
});

test('views are those of contributions.ts, in its containers', () => {
  const views = [...contributes.views[VIEW_CONTAINER], ...contributes.views[PANEL_CONTAINER]].map(
    ({ id }: { id: string }) => id,
  );
  assert.deepEqual(views, Object.values(VIEWS));
  assert.equal(contributes.viewsContainers.activitybar[0].id, VIEW_CONTAINER);
  assert.equal(contributes.viewsContainers.panel[0].id, PANEL_CONTAINER);
  for (const { view } of contributes.viewsWelcome) assert.ok(views.includes(view), view);
});

test('conditions name existing context keys, views and row flags', () => {
  const keys = new Set<string>(Object.values(CONTEXT_KEYS));
  const views = new Set<string>(Object.values(VIEWS));
  const flags = new Set<string>(Object.values(ROW_FLAGS));
  for (const when of whens) {
    for (const [, view = ''] of when.matchAll(/(?:view|focusedView|webviewId) == (\S+)/g))
      assert.ok(views.has(view) || view === FOREIGN_VIEW, when);
    for (const [, pattern = ''] of when.matchAll(/viewItem =~ \/\\b\(?([a-zA-Z|]+)\)?\\b\//g)) {
      for (const flag of pattern.split('|')) assert.ok(flags.has(flag), when);
    }
    const rest = when.replaceAll(/(?:view|focusedView|webviewId) == \S+/g, '');
    for (const [key] of rest.matchAll(/kubePortForward\.\w+/g)) assert.ok(keys.has(key), when);
    // VS Code has no operator `!~`: a condition with it would not work.
    assert.doesNotMatch(when, /!~/);
    assert.equal(when.split('viewItem').length, when.split('viewItem =~ /').length, when);
  }
});

test('settings have the defaults of contributions.ts, and restricted ones are declared as such', () => {
  const { properties } = contributes.configuration;
  const names = Object.keys(SETTINGS) as (keyof typeof SETTINGS)[];
  assert.deepEqual(
    new Set(Object.keys(properties)),
    new Set(names.map((name) => `${SETTINGS_SECTION}.${name}`)),
  );
  for (const name of names) {
    const declared = properties[`${SETTINGS_SECTION}.${name}`];
    assert.deepEqual(declared.default, SETTINGS[name].default, name);
    assert.ok(declared.markdownDescription, name);
    assert.ok(declared.scope, name);
    // `not` is the former name of a value. Settings with it still work, but package.json does not offer it.
    const values: readonly unknown[] | undefined = SETTINGS[name].values;
    assert.deepEqual(
      declared.enum,
      values?.filter((value) => value !== 'not'),
      name,
    );
  }
  assert.deepEqual(
    manifest.capabilities.untrustedWorkspaces.restrictedConfigurations,
    RESTRICTED_SETTINGS.map((name) => `${SETTINGS_SECTION}.${name}`),
  );
  assert.equal(properties['kubePortForward.kubeconfigFiles'].scope, 'machine-overridable');
  assert.equal(properties['kubePortForward.bindAddress'].scope, 'machine');
});

test('settings have the values and defaults of the code that uses them', () => {
  assert.deepEqual([SETTINGS.bindAddress.default], DEFAULT_ADDRESSES);
  assert.deepEqual(SETTINGS.transport.values, ['auto', ...TRANSPORTS]);
  assert.equal(SETTINGS.waitForTargetMinutes.default * 60_000, WAIT_FOR_TARGET_MS);
  assert.equal(SETTINGS.proxyPort.default, USUAL_PORT);
  assert.equal(contributes.taskDefinitions[0].properties.timeoutSeconds.default, TASK_TIMEOUT_S);
});

test('every string of package.json is in package.nls.json, which has no unused string', () => {
  const used = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map(([, key = '']) => key));
  assert.deepEqual(used, new Set(Object.keys(strings)));
  const isShown =
    /"(?:title|name|label|category|markdownDescription|contents|altText|description|displayName|userDescription)":"(?![%$])/;
  // Some strings need no translation: texts for language models are in English, and names of problem matchers are ids.
  const { languageModelTools, problemMatchers, ...others } = contributes;
  const tools = languageModelTools.map(
    ({ name: _, inputSchema: __, ...shown }: Record<string, unknown>) => shown,
  );
  const matchers = problemMatchers.map(({ name: _, ...shown }: Record<string, unknown>) => shown);
  assert.doesNotMatch(JSON.stringify({ ...others, tools, matchers }), isShown);
});

test('the files that package.json names exist', () => {
  const { icon, l10n } = manifest;
  const media = contributes.walkthroughs[0].steps.map(
    ({ media: { svg } }: { media: { svg: string } }) => svg,
  );
  for (const path of [icon, l10n, contributes.viewsContainers.activitybar[0].icon, ...media]) {
    assert.ok(existsSync(path), path);
  }
  assert.equal(`kubePortForward.${contributes.walkthroughs[0].id}`, WALKTHROUGH);
  assert.equal(contributes.walkthroughs[0].steps.length, 3);
  assert.equal(`${manifest.publisher}.${manifest.name}`, EXTENSION_ID);
});

test('each step of the walkthrough is completed by each of its buttons, and the last one by copying the address', () => {
  const { steps } = contributes.walkthroughs[0];
  for (const { id, description, completionEvents } of steps) {
    const key = description.replaceAll('%', '');
    const buttons = [...(strings[key] ?? '').matchAll(/\]\(command:([\w.]+)/g)].map(([, name]) => name);
    assert.ok(buttons.length > 0, id);
    for (const command of buttons)
      assert.ok(completionEvents.includes(`onCommand:${command}`), `${id}: ${command}`);
  }
  assert.ok(steps.at(-1).completionEvents.includes(`onCommand:${COMMANDS.copyLocalAddress}`));
});

test('tasks, their problem matcher and the tools have the names of contributions.ts', () => {
  assert.deepEqual(
    contributes.taskDefinitions.map(({ type }: { type: string }) => type),
    [TASK_TYPE],
  );
  assert.deepEqual(
    contributes.problemMatchers.map(({ name, source }: { name: string; source: string }) => [name, source]),
    [[TASK_TYPE, TASK_TYPE]],
  );
  assert.deepEqual(
    contributes.languageModelTools.map(({ name }: { name: string }) => name),
    Object.values(TOOLS),
  );
});

test('an entry has the same schema in a task as in the settings, except for fields of settings only', () => {
  const settings = contributes.configuration.properties['kubePortForward.forwards'].items.properties;
  const task = contributes.taskDefinitions[0].properties.forwards.items.anyOf[1].properties;
  const { address: _, group: __, autoStart: ___, proxy: ____, ...shared } = settings;
  assert.deepEqual(task, shared);
});

test("VS Code's types are no newer than the oldest supported VS Code", () => {
  const engine = manifest.engines.vscode.replace('^', '');
  assert.equal(manifest.devDependencies['@types/vscode'], engine);
});

test('the terminal command can be run', {
  // Windows uses the batch file in the same folder.
  skip: process.platform === 'win32',
}, () => {
  assert.equal(statSync('bin/kube-port-forward').mode & 0o111, 0o111);
});

function isOther(name: string): boolean {
  const others: readonly string[] = [
    ...Object.values(VIEWS),
    ...Object.values(VIEWS).map((view) => `${view}.focus`),
    ...Object.values(CONTEXT_KEYS),
    TERMINAL_PROFILE,
    ...Object.keys(SETTINGS).map((setting) => `${SETTINGS_SECTION}.${setting}`),
  ];
  return others.includes(name);
}
