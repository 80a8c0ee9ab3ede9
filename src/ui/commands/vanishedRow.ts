/** Stands for the unknown row of a menu. Never replaced by the selected row, which may not be the row that the user clicked. */
export const VANISHED_ROW: unique symbol = Symbol('vanished row');
