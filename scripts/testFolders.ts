/**
 * The folders of `test` whose tests a system can run. The VS Code server and the browser of the workbench tests exist for Linux only;
 * on each system `npm run test:desktop` starts the desktop VS Code.
 */
export function testFolders(platform: NodeJS.Platform): readonly string[] {
  const everywhere = ['unit', 'golden', 'integration'];
  return platform === 'linux' ? [...everywhere, 'workbench'] : everywhere;
}
