// All that the terminal command and the forward host load. The build makes one file of it: see `compiledProgram.ts` of `src/base`.

import type { Stage } from './base/compiledProgram.ts';

export const loadCommand = () => import('./cli/main.ts');
export const loadHost = () => import('./host/runHost.ts');

/** Sources keep no code. */
export function keepCode(_stage: Stage): void {}
