import type { Localizer } from '../../src/ui/present/localizer.ts';

/** A localizer for English texts. It replaces placeholders as VS Code does. */
export const english: Localizer = {
  t(message: string, args: Record<string, string | number> = {}): string {
    return message.replaceAll(/\{([^{}]+)\}/g, (placeholder, name: string) =>
      String(args[name] ?? placeholder),
    );
  },
};
