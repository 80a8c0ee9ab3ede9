/**
 * Returns the folders of `test` whose tests can run on a platform. The workbench tests need a VS Code server and a
 * browser, which exist only for Linux. On all platforms, `npm run test:desktop` starts desktop VS Code.
 */
export function testFolders(platform: NodeJS.Platform): readonly string[] {
  const everywhere = ['unit', 'golden', 'integration'];
  return platform === 'linux' ? [...everywhere, 'workbench'] : everywhere;
}
