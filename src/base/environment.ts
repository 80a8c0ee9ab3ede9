/** Environment variables by name. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * Returns a copy of an environment with its names as keys. On Windows names ignore case (`set kubeconfig=…` sets `KUBECONFIG`)
 * in `process.env` only, so the copy has them in upper case there. Variables without a value are left out.
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

/** Returns the key of a variable in {@link copyEnvironment}. */
export function variableName(name: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? name.toUpperCase() : name;
}
