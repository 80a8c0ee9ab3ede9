/**
 * The command that completion scripts call: `__complete =CURRENT WORD ...`. The typed part of the current word follows `=`,
 * because an empty argument does not get through every shell; the words before it follow. The command prints one candidate on
 * each line, with a tab and a description.
 */
export const COMPLETE_COMMAND = '__complete';
