import type { SettingTypes } from '../../contributions.ts';

export type Severity = 'information' | 'warning' | 'error';

/** Returns whether the setting `notifications` allows a notification of a severity. */
export function isNotificationShown(setting: SettingTypes['notifications'], severity: Severity): boolean {
  switch (setting) {
    case 'none':
      return false;
    case 'errors':
      return severity !== 'information';
    default:
      return true;
  }
}
