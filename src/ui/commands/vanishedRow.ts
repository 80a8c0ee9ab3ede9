/**
 * Stands for a row that a menu was opened on and that cannot be told any more. Never the selected row: that may be another
 * one than the user pointed at.
 */
export const VANISHED_ROW: unique symbol = Symbol('vanished row');
