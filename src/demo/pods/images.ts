import { IMAGE } from '../content/demoContent.ts';
import { createDatabaseProgram, echoProgram, greeterProgram, type Images } from './programs.ts';
import { createWebProgram } from './webProgram.ts';

/** Creates the programs of the demo pods. The caller disposes of each program. */
export function createImages(): Images {
  return {
    [IMAGE.web]: createWebProgram(),
    [IMAGE.echo]: echoProgram,
    [IMAGE.greeter]: greeterProgram,
    [IMAGE.database]: createDatabaseProgram(),
  };
}
