// The code that the terminal command and the forward host load. The build bundles it into one file.
// `src/base/compiledProgram.ts` loads that file. It also loads the compiled code that an earlier start has stored, so
// that Node need not compile the file again.

import type { Stage } from './base/compiledProgram.ts';

export const loadCommand = () => import('./cli/main.ts');
export const loadHost = () => import('./host/runHost.ts');

/**
 * Stores the compiled code of the program, so that the next start is faster. Only the built program does that: the
 * build replaces this function, which does nothing when the program runs from its sources.
 */
export function keepCode(_stage: Stage): void {}
