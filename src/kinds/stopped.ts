/**
 * Returns true if the state of a forward or gateway says that somebody has stopped it. Others then treat it as gone,
 * even if it has not ended yet.
 */
export function isStopped(state: string): boolean {
  return state === 'stopping' || state === 'stopped';
}
