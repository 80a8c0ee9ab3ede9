import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { copyEnvironment, variableName } from '../../../src/base/environment.ts';
import { homeFolder } from '../../../src/base/homeFolder.ts';
import { kubectlHome } from '../../../src/base/kubectlHome.ts';

test('a copy of a Windows environment has every name in upper case', () => {
  const copy = copyEnvironment(
    { kubeconfig: 'C:\\k', Path: 'C:\\bin', https_Proxy: 'p', unset: undefined },
    'win32',
  );
  assert.deepEqual(copy, { KUBECONFIG: 'C:\\k', PATH: 'C:\\bin', HTTPS_PROXY: 'p' });
  assert.equal(variableName('Path', 'win32'), 'PATH');
});

test('a copy on other systems keeps the names', () => {
  assert.deepEqual(copyEnvironment({ kubeconfig: 'k', PATH: '/bin', unset: undefined }, 'linux'), {
    kubeconfig: 'k',
    PATH: '/bin',
  });
  assert.equal(variableName('Path', 'darwin'), 'Path');
});

suite('the folder of the default kubeconfig on Windows', () => {
  const ENVIRONMENT = {
    Home: 'D:\\home',
    HomeDrive: 'H:',
    HomePath: '\\jane',
    UserProfile: 'C:\\Users\\jane',
  };
  /** @param paths existing kubeconfigs or folders */
  const choose = (paths: readonly string[], environment: Record<string, string> = ENVIRONMENT) =>
    kubectlHome(copyEnvironment(environment, 'win32'), 'win32', (path) => paths.includes(path));

  test('is the first of HOME, HOMEDRIVE with HOMEPATH, and USERPROFILE that has a kubeconfig', () => {
    const [home, drive, profile] = ['D:\\home', 'H:\\jane', 'C:\\Users\\jane'];
    const config = (folder: string | undefined) => `${folder}\\.kube\\config`;
    assert.equal(choose([config(home), config(drive), config(profile)]), home);
    assert.equal(choose([config(drive), config(profile), profile ?? '']), drive);
    assert.equal(choose([config(profile), home ?? '']), profile);
  });

  test('is the first existing one of HOME, USERPROFILE, and HOMEDRIVE with HOMEPATH if none has a kubeconfig', () => {
    assert.equal(choose(['C:\\Users\\jane', 'H:\\jane']), 'C:\\Users\\jane');
    assert.equal(choose(['H:\\jane']), 'H:\\jane');
    assert.equal(choose([]), 'D:\\home');
  });

  test('ignores variables that are not set', () => {
    assert.equal(
      choose([], { USERPROFILE: 'C:\\Users\\jane', HOMEDRIVE: 'H:', HOME: '' }),
      'C:\\Users\\jane',
    );
    assert.equal(choose([], {}), homeFolder());
  });
});

test('the folder of the default kubeconfig on other systems is HOME, else the home folder of the system', () => {
  assert.equal(kubectlHome({ HOME: '/home/jane', USERPROFILE: '/x' }, 'linux'), '/home/jane');
  assert.equal(kubectlHome({}, 'darwin'), homeFolder());
});
