// The code that the terminal command and the forward host load. The build bundles it into one file, which
// `src/base/compiledProgram.ts` loads together with the compiled code of an earlier start.

import type { Stage } from './base/compiledProgram.ts';

export const loadCommand = () => import('./cli/main.ts');
export const loadHost = () => import('./host/runHost.ts');

/**
 * Does nothing when the program runs from its sources. The build replaces this function by a function that stores
 * the compiled code for the next start.
 */
export function keepCode(_stage: Stage): void {}
