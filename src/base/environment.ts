/** Environment variables by name. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * Returns a copy of an environment. Leaves out variables whose value is undefined. On Windows, `process.env` ignores
 * the case of names: `set kubeconfig=…` sets `KUBECONFIG`. The keys of an ordinary object are case-sensitive, so on
 * Windows all names in the copy are in upper case.
 */
export function copyEnvironment(
  environment: EnvironmentVariables,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[variableName(name, platform), value] as const],
  );
  return Object.fromEntries(entries);
}

/** Returns the name that a variable has in the result of {@link copyEnvironment}: in upper case on Windows. */
export function variableName(name: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? name.toUpperCase() : name;
}
