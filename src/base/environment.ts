/** Environment variables by name. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * A copy of an environment that can be read by name. Names have no case on Windows (`set kubeconfig=…` sets `KUBECONFIG`), which only
 * `process.env` itself knows: a copy has them in upper case there. Variables without a value are left out.
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

/** The name by which {@link copyEnvironment} has a variable. */
export function variableName(name: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? name.toUpperCase() : name;
}
