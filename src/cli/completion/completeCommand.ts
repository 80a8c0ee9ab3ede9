/**
 * The command that completion scripts call: `__complete =CURRENT WORD ...`, with the word at the cursor as far as it is typed behind `=` (an
 * empty argument does not get through every shell), and the words before. It prints a value on each line, with a tab and a description.
 */
export const COMPLETE_COMMAND = '__complete';
