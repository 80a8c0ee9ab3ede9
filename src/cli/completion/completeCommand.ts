/**
 * The command that completion scripts call: `__complete =CURRENT WORD ...`. CURRENT is the typed part of the current
 * word, and each WORD is a word before the current word. The `=` is necessary, because some shells drop an empty
 * argument. The command prints one candidate per line, with a tab and a description.
 */
export const COMPLETE_COMMAND = '__complete';
