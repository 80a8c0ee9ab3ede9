import { printable } from '../../base/text.ts';

/**
 * The lines that the problem matcher of package.json reads. What follows the signs is for people, in their language:
 * `> kubePortForward: ` begins a check, `< kubePortForward: ` ends it, and `FILE: error: ` tells a problem.
 */
export function beginLine(text: string): string {
  return `> kubePortForward: ${printable(text)}`;
}

export function endLine(text: string): string {
  return `< kubePortForward: ${printable(text)}`;
}

/** @param file absolute path of what the problem is shown at */
export function errorLine(file: string, text: string): string {
  return `${file}: error: ${printable(text)}`;
}

export function plainLine(text: string): string {
  return `  ${printable(text)}`;
}
