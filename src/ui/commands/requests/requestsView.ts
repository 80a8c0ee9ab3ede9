import type { CommandServices } from '../commandServices.ts';

/** Clear Requests: clears those of all forwards, in all windows. */
export async function clearRequests({ requests }: CommandServices): Promise<void> {
  await requests.clear();
}

/** Pause: holds new rows back until the view continues. */
export function pauseRequests({ requests }: CommandServices): void {
  requests.setPaused(true);
}

export function resumeRequests({ requests }: CommandServices): void {
  requests.setPaused(false);
}

/** Follow New Requests: keeps the table at its end. */
export function followRequests({ requests }: CommandServices): void {
  requests.setFollowing(true);
}

export function unfollowRequests({ requests }: CommandServices): void {
  requests.setFollowing(false);
}

export function showTrafficOfMinutes({ traffic }: CommandServices): void {
  traffic.setRange('minutes');
}

export function showTrafficOfHour({ traffic }: CommandServices): void {
  traffic.setRange('hour');
}
